/* What the XDP program and Go share. gen.go makes Go types of it. */

#define PORTS 2
#define MAX_QUEUES 64	/* config.go MaxQueues */
#define MAX_REASONS 64	/* at least pipeline.Reasons */
#define MAX_VXLAN_PORTS 8	/* config.go MaxVXLANPorts */
#define MAX_OWN 8	/* config.go MaxOwn */

#define VXLAN_LEN 8
#define VXLAN_FLAG_I 0x08

/* TCP flags (RFC 9293 section 3.1). */
#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

/* What to do with a frame. 0 is the safe one, in Go too (Fallback). To relay is to send
 * it out of the other port of a wire; a VTEP or a tap leaves it to the kernel. */
enum action { DROP, RELAY };

/* Constants of one port's program. */
struct config {
	__u64 heartbeat;	/* ns: a queue's worker silent for longer is dead */
	__u64 backlog;		/* frames a worker may be behind */
	__u32 port, peer;	/* this one, and where its frames leave */
	__u16 vxlan_ports[MAX_VXLAN_PORTS];	/* host order */
	__u32 vxlan_port_count;
	__u8 not_vxlan, on_death, overload;	/* enum action */
	__u8 offload;		/* is anything ever offloaded? */
	__u8 reason_not_vxlan, reason_overload, reason_down;	/* pipeline.Reason */
	__u8 to_kernel;		/* what is relayed is left to the kernel: there is no other port */
	__u8 pad[4];
	__u32 own_count;	/* 0: a wire; else a VTEP with these addresses */
	__u32 own[MAX_OWN][4];	/* network order, IPv4 mapped */
};

/* One queue of a port: a cache line that the kernel writes, one that the worker
 * writes. */
struct queue {
	__u64 redirected;	/* frames handed to the socket */
	__u64 pad1[7];
	__u64 taken;		/* frames taken from the RX ring */
	__u64 beat;		/* CLOCK_MONOTONIC, ns */
	__u64 pad2[6];
};

/* Memory that Go maps: it speaks to the program by it, without system calls. */
struct control {
	__u32 revision;		/* policy in force: entries of others do not count */
	__u32 down;		/* the process is about to leave */
	__u64 pad[7];
	struct queue queues[PORTS * MAX_QUEUES];
};

struct tally {
	__u64 packets, bytes;
};

/* Every frame of a port counts in exactly one of these. */
struct counters {
	struct tally to_socket, forwarded;
	struct tally relayed[MAX_REASONS], dropped[MAX_REASONS];	/* by pipeline.Reason */
};

/* A direction of a flow as its packets show it: flow.Key. Addresses are 16
 * bytes, IPv4 mapped; ports are in network order. */
struct offload_key {
	__u8 src[16], dst[16];
	__u32 vni;
	__u16 src_port, dst_port;
	__u8 proto;
	__u8 pad[3];
};

/* What is to happen to packets of a direction, as long as they look like the
 * one that was judged, and what happened. */
struct offload_value {
	__u64 packets, bytes;
	__u64 last;		/* bpf_ktime_get_coarse_ns, 0 if there was none */
	__u32 next, ack;	/* TCP: highest sequence number and acknowledgement */
	__u16 window;		/* TCP: largest, not scaled */
	__u8 action;		/* enum action; RELAY forwards */
	__u8 reason;		/* pipeline.Reason of a drop */
	__u8 port;		/* where they come in */
	__u8 no_checksum6;	/* outer UDP checksum 0 over IPv6 is fine */
	__u16 pad1;
	__u8 macs[12];		/* inner destination and source */
	__u32 vxlan;		/* first word of the VXLAN header: flags and group */
	__u32 revision;		/* policy that judged */
	__u32 reach;		/* TCP: a segment farther from next is a guess (flow.Progress) */
};
