/* What the XDP program and Go share. gen.go makes Go types of it. */

#define PORTS 2
#define MAX_QUEUES 64	/* config.go MaxQueues */
/* At least pipeline.Reasons; a power of two, so that the verifier knows the bound of a remainder. */
#define MAX_REASONS 128
#define MAX_VXLAN_PORTS 8	/* config.go MaxVXLANPorts */
#define MAX_OWN 8	/* config.go MaxOwn */

#define ADDRESS_PIECES 4	/* both addresses of an IPv6 header, in 64-bit pieces */
#define HASH_WORDS (2 * ADDRESS_PIECES + 2)	/* addresses, ports, VNI */
#define BUCKET_SLOTS 4
#define ENTRY_BITS 24	/* offload.go entryBits */
#define PLACES 4096	/* overlay.Places */

/* Both of the following begin a page, and so does every frame, with what the kernel
 * notes of it. A cache keeps a few lines of the same place in a page, fewer than there are
 * frames on their way: what is needed for each of them stands aside. */
#define ASIDE 2048

#define VXLAN_LEN 8
#define HEAD_LEN 22	/* VXLAN header, Ethernet header */
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
	__u8 aside[ASIDE];
	__u64 backlog;		/* frames a worker may be behind */
	__u64 factor;		/* of the hash, odd */
	__u32 addends[HASH_WORDS];	/* of the hash; both are random and new with each start */
	__u32 buckets;		/* of the offload table, less one: a mask */
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
	__u64 until;		/* jiffies: the last at which the worker counts as alive */
	__u64 pad2[6];
};

/* Memory that Go maps: it speaks to the program by it, without system calls. */
struct control {
	__u8 aside[ASIDE];
	__u32 revision, map;	/* policy and overlay in force: entries of others do not count */
	__u32 down;		/* the process is about to leave */
	__u32 pad1;
	__u64 pad2[6];
	struct queue queues[PORTS * MAX_QUEUES];
	__u32 places[PLACES];	/* of a VTEP: how often it changed where addresses are */
};

struct tally {
	__u64 packets, bytes;
};

/* Every frame of a port counts in exactly one of these. */
struct counters {
	struct tally to_socket, forwarded;
	struct tally relayed[MAX_REASONS], dropped[MAX_REASONS];	/* by pipeline.Reason */
};

/* Where the entries of some keys are: tag << ENTRY_BITS | number of the entry, or
 * 0. The tag is the highest byte of the key's hash. */
struct offload_bucket {
	__u32 slots[BUCKET_SLOTS];
};

/* Addresses of IP headers in pieces of 8 bytes, as they stand there: source, then
 * destination. IPv4 has one piece, IPv6 has four. */
struct offload_piece {
	__u64 hosts, vteps;	/* inner and outer */
};

/* A direction of a flow: what its packets look like, what is to happen to them,
 * and what happened. Packets over IPv4 look at the first cache line alone; the
 * last one is written. Numbers are in network order where packets have them. */
struct offload_entry {
	__u8 head[HEAD_LEN];	/* VXLAN header, inner Ethernet header */
	__u8 proto;
	__u8 arrival;		/* where they come in, and over what: see arrival() */
	__u32 revision, map;	/* policy that judged, overlay (0 in a wire) */
	__u32 ports;	/* source, then destination */
	__u16 vtep_port;	/* of a VTEP: UDP port that they come to */
	__u16 pad1;
	struct offload_piece pieces[ADDRESS_PIECES];
	__u64 freed;		/* of Go alone: when the entry was taken out (CLOCK_MONOTONIC) */
	__u32 after;		/* and which one was next */
	__u32 network;		/* of Go alone: flow.Key.VNI, host order; other than the packets' where VNIs are mapped */
	__u32 pad2[2];

	__u64 packets, bytes;	/* written by one CPU alone */
	__u64 more_packets, more_bytes;	/* by the others */
	__u32 cpu;		/* that one, plus 1; 0 before the first packet */
	__u32 last;		/* jiffies of the newest packet; valid if there is any */
	__u32 next, ack;	/* TCP: highest sequence number and acknowledgement */
	__u32 reach;		/* TCP: a segment farther from next is a guess (flow.Progress) */
	__u16 window;		/* TCP: largest, not scaled */
	__u8 action;		/* enum action; RELAY forwards */
	__u8 reason;		/* pipeline.Reason of a drop */
	__u8 no_checksum6;	/* outer UDP checksum 0 over IPv6 is fine */
	__u8 pad3[7];
};

#define HEADER4_LEN 50	/* outer headers up to and with VXLAN's, without VLAN tags */
#define HEADER6_LEN 70

#define DSCP_OF_TUNNEL 1	/* overlay.DSCPModel: neither is DSCPPipe, which has it in the header */
#define DSCP_TO_INNER 2	/* besides: DSCPUniform */
#define ECN_TO_OUTER 4	/* overlay.ECNNormal */
#define OUTER_IPV6 8

/* How packets of an entry leave a VTEP, in an array beside that of the entries. Those
 * that leave over IPv4 take one cache line. */
struct offload_way {
	__u8 out;		/* port */
	__u8 marks;		/* the bits above */
	__u16 mtu;		/* longest inner frame, Ethernet header included */
	__u16 from, to;		/* places of sender and receiver */
	__u32 changes;		/* of both, when it was found */
	__u8 pad1[2];
	/* With lengths of 0, and an IPv4 checksum that is the sum of the header without its
	 * TOS and not complemented; TOS is the DSCP of DSCPPipe, else 0. */
	__u8 header[HEADER6_LEN];
	__u8 pad2[44];
};
