#!/bin/bash
# Records vxlan.pcap: real traffic between two kernel VTEPs, captured on the
# underlay link between them, and a set of malformed packets on top.
#
#   usage (as root): bench/demo/record.sh [OUT.pcap]
#
#            vxdemo-a  192.0.2.1 ======= underlay ======= 192.0.2.2  vxdemo-b
#                      fd00:6::1    (captured here)       fd00:6::2
#    vxdemo-a100, a200, a300                          vxdemo-b100, b200, b300
#
# Each workload namespace owns one VXLAN device, made in its VTEP's namespace
# and moved: the kernel keeps the tunnel's UDP socket where the device was born.
# Nothing leaves these namespaces, and nothing in them outlives the script.
set -eu
export PYTHONDONTWRITEBYTECODE=1

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/vxlan.pcap}
vnis="100 200 300"
spaces="vxdemo-a vxdemo-b"
for vni in $vnis; do
	spaces="$spaces vxdemo-a$vni vxdemo-b$vni"
done
made=""
dump=""
work=$(mktemp -d)

# Addresses of the workloads. VNI 100 and 200 have the same ones.
web=10.1.0.5 db=10.2.0.9 lb=10.3.0.80 dns=10.4.0.53 ops=10.9.0.7
web6=2001:db8:1::5 db6=2001:db8:2::9

die() {
	echo "record.sh: $*" >&2
	exit 1
}

# in_ns NAME COMMAND... runs a command in namespace vxdemo-NAME.
in_ns() {
	local name=vxdemo-$1
	shift
	ip netns exec "$name" "$@"
}

# talk NAME ARG... runs a client of traffic.py in namespace vxdemo-NAME.
talk() {
	local name=$1
	shift
	in_ns "$name" timeout 20 python3 "$here/traffic.py" "$@"
}

cleanup() {
	if [ -n "$dump" ]; then
		kill "$dump" 2>/dev/null || true
		wait "$dump" 2>/dev/null || true
	fi
	for name in $made; do
		for pid in $(ip netns pids "$name"); do
			kill "$pid" 2>/dev/null || true
		done
		ip netns del "$name" || true
	done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

check_tools() {
	[ "$(id -u)" = 0 ] || die "make namespaces: needs root"
	local tool missing=""
	for tool in ip tcpdump ethtool ping python3 timeout; do
		command -v "$tool" >/dev/null || missing="$missing $tool"
	done
	[ -z "$missing" ] || die "find tools: missing$missing; try: apt-get install" \
		"iproute2 tcpdump ethtool iputils-ping python3"
	for name in $spaces; do
		[ ! -e "/run/netns/$name" ] || die "make namespace $name: it exists; if no" \
			"other recording runs, remove it: ip netns del $name"
	done
}

# make_space NAME makes a namespace that speaks only when it is spoken to, so
# that two recordings hold the same packets: no router solicitations, multicast
# reports done at once, no neighbour probes in the middle of a conversation.
make_space() {
	ip netns add "$1"
	made="$made $1"
	ip -n "$1" link set lo up
	ip netns exec "$1" sh -c '
		cd /proc/sys/net
		for scope in all default; do
			echo 0 >ipv6/conf/$scope/router_solicitations
			echo 0 >ipv6/conf/$scope/accept_dad
			echo 10 >ipv6/conf/$scope/mldv2_unsolicited_report_interval
		done'
}

# tame NAME DEVICE: every packet on the wire is a packet that a real network
# would carry, with its checksums filled and no larger than the MTU; and no
# neighbour is probed in the middle of a conversation.
tame() {
	in_ns "$1" ethtool -K "$2" tx off tso off gso off gro off >/dev/null
	in_ns "$1" sh -c "
		for family in ipv4 ipv6; do
			cd /proc/sys/net/\$family/neigh/$2
			echo 60 >delay_first_probe_time
			echo 600000 >base_reachable_time_ms
		done"
}

make_underlay() {
	ip -n vxdemo-a link add under type veth peer name under netns vxdemo-b
	local side host=1
	for side in a b; do
		tame $side under
		ip -n vxdemo-$side link set under addrgenmode none address 02:00:00:00:00:0$host
		ip -n vxdemo-$side addr add 192.0.2.$host/24 dev under
		ip -n vxdemo-$side addr add fd00:6::$host/64 dev under nodad
		ip -n vxdemo-$side link set under up
		host=2
	done
}

# make_overlay SIDE VNI MAC LOCAL REMOTE MTU ADDRESS... makes the VXLAN device
# of one workload namespace. GBP is on: a socket's mark becomes the group.
make_overlay() {
	local side=$1 vni=$2 mac=$3 local_ip=$4 remote=$5 mtu=$6 space=vxdemo-$1$2 address
	shift 6
	ip -n vxdemo-"$side" link add vx"$vni" type vxlan id "$vni" dstport 4789 gbp \
		nolearning local "$local_ip" remote "$remote"
	ip -n vxdemo-"$side" link set vx"$vni" netns "$space"
	tame "$side$vni" vx"$vni"
	ip -n "$space" link set vx"$vni" addrgenmode none address "$mac" mtu "$mtu"
	for address in "$@"; do
		case $address in
		*:*) ip -n "$space" addr add "$address/32" dev vx"$vni" nodad ;;
		*) ip -n "$space" addr add "$address/8" brd + dev vx"$vni" ;;
		esac
	done
	ip -n "$space" link set vx"$vni" up
}

make_overlays() {
	local vni a b mtu
	for vni in $vnis; do
		a=192.0.2.1 b=192.0.2.2 mtu=1450
		[ "$vni" != 300 ] || { a=fd00:6::1 b=fd00:6::2 mtu=1430; }
		make_overlay a "$vni" 02:00:00:00:01:0a $a $b $mtu $web $ops $web6
		make_overlay b "$vni" 02:00:00:00:02:0b $b $a $mtu $db $lb $dns $db6
	done
}

# Servers detach once they listen, so that no client comes too early.
start_servers() {
	local vni
	for vni in $vnis; do
		talk b"$vni" serve $db $dns $db6
		talk a"$vni" serve $web
	done
}

start_capture() {
	in_ns a tcpdump -Z root -i under -s 0 -U --immediate-mode -w "$work/all.pcap" \
		2>"$work/tcpdump.log" &
	dump=$!
	local tries
	for tries in $(seq 50); do
		! grep -q "listening on" "$work/tcpdump.log" || return 0
		sleep 0.1
	done
	die "start capture: $(cat "$work/tcpdump.log")"
}

# packets prints how many packets the capture holds once it has stopped growing.
packets() {
	local before=-1 now=0 tries
	for tries in $(seq 20); do
		[ "$now" != "$before" ] || break
		before=$now
		sleep 0.15
		now=$(stat -c %s "$work/all.pcap")
	done
	tcpdump --count -r "$work/all.pcap" 2>/dev/null | cut -d' ' -f1
}

# record LABEL COMMAND... runs one kind of traffic and prints the numbers of the
# packets it made.
last=0
record() {
	local label=$1 first=$((last + 1))
	shift
	"$@" >/dev/null
	last=$(packets)
	printf '%4d-%-4d %4d  %s\n' "$first" "$last" $((last - first + 1)) "$label"
}

pings() {
	in_ns a100 ping -q -c 2 -i 0.2 -W 2 -I $web $db
	in_ns a100 ping -q -c 2 -i 0.2 -W 2 -I $web6 $db6
}

# The second ping sets the "policy applied" bit beside the group.
tagged() {
	in_ns a100 ping -q -c 1 -W 2 -I $ops -m 17 $db
	in_ns a100 ping -q -c 1 -W 2 -I $ops -m $((0x80000 | 17)) $db
	talk a100 ssh $ops 40010 $db --mark 17
	talk a100 refused $ops 40011 $db --mark 17
	talk a100 unreachable $ops 40012 $db --mark 17
}

# The same addresses and ports at the same time in two VNIs.
twins() {
	talk a100 postgres $web 40020 $db --pause 0.2 &
	local other=$!
	talk a200 postgres $web 40020 $db --pause 0.2
	wait $other
}

rejected() {
	talk a100 telnet $web 40030 $db
	talk a100 tftp $web 40031 $db
}

fragments() {
	talk a100 large $web 40040 $db
	talk a100 large $web6 40041 $db6
}

over_ipv6() {
	in_ns a300 ping -q -c 2 -i 0.2 -W 2 -I $web $db
	in_ns a300 ping -q -c 2 -i 0.2 -W 2 -I $web6 $db6
	talk b300 http $db 40050 $web
	talk a300 postgres $web6 40051 $db6
}

crafted() {
	in_ns a timeout 20 python3 "$here/crafted.py" send "$1" 192.0.2.2
}

record_all() {
	echo "packets    count  kind"
	record "ARP, ND and ping, IPv4 and IPv6" pings
	record "PostgreSQL, web to db" talk a100 postgres $web 40001 $db
	record "PostgreSQL over IPv6, web to db" talk a100 postgres $web6 40002 $db6
	record "HTTP, load balancer to web" talk b100 http $lb 40003 $web
	record "DNS, web to resolver" talk a100 dns $web 40004 $dns
	record "SSH, web to db" talk a100 ssh $web 40005 $db
	record "telnet and TFTP, web to db" rejected
	record "group 17: ping, SSH, refused, unreachable" tagged
	record "one 5-tuple in VNI 100 and 200" twins
	record "UDP larger than the MTU, IPv4 and IPv6" fragments
	record "IPv6 underlay: ping, HTTP, PostgreSQL" over_ipv6
	record "DHCP broadcast, mDNS multicast" talk a100 groupcast $web 0 0.0.0.0
	record "VLAN tag, two tags, LLDP" in_ns a100 python3 "$here/crafted.py" frames vx100
	record "VXLAN inside VXLAN" talk a100 nested $web 40060 $db
	local kind
	for kind in $(python3 "$here/crafted.py" list); do
		record "crafted: $kind" crafted "$kind"
	done
}

check_tools
for name in $spaces; do
	make_space "$name"
done
make_underlay
make_overlays
start_servers
sleep 1.5 # multicast reports of the new addresses
for side in a b; do # so that the underlay's own ARP and ND are in the capture
	ip -n vxdemo-$side neigh flush dev under
done
start_capture
record_all
kill "$dump"
wait "$dump" || true
dump=""
cp "$work/all.pcap" "$out"
echo "wrote $out: $last packets, $(stat -c %s "$out") bytes"
