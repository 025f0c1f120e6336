/* What the programs of this folder share: the mark that a frame of the generator
 * carries behind its inner UDP header, and little helpers. mark.go says the same. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define MAGIC 0x4c585756 /* "VWXL" as it stands in memory */
#define STREAMS 16       /* a power of two */

struct mark {
	__u32 magic;
	__u16 stream;   /* below STREAMS */
	__u64 sequence; /* run << 48 | number of the frame in its run and stream */
	__u64 time;     /* bpf_ktime_get_ns when it was sent */
} __attribute__((packed));

#define RUN_SHIFT 48

/* swap16 turns a 16-bit number of the network's byte order into ours and back. */
static __always_inline __u16 swap16(__u16 n)
{
	return __builtin_bswap16(n);
}
