//go:build ignore

/* The sink: counts the generator's frames of one run by stream, with their time on the
 * way, and drops them. Other frames are the kernel's. */
#include "mark.bpf.h"

/* Buckets of the histogram: 32 for each power of two, so that a bucket is at most
 * 1/32 wide; the last one also has all that took longer. latency.go says the same. */
#define PRECISION 5
#define BUCKETS 1024

struct counts {
	__u64 frames;
	__u64 bytes;
	__u64 next;      /* number after the highest seen */
	__u64 reordered; /* frames whose number was below next */
	__u64 first;     /* ktime of the first and the last one */
	__u64 last;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, STREAMS);
	__type(key, __u32);
	__type(value, struct counts);
} counted SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUCKETS);
	__type(key, __u32);
	__type(value, __u64);
} latency SEC(".maps");

/* What Go asks for. */
struct setting {
	__u16 run;     /* only its frames count */
	__u16 pass;    /* hand the frames to the kernel after counting (tests capture them) */
	__u16 latency; /* fill the histogram */
	__u16 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct setting);
} settings SEC(".maps");

/* payload returns the offset of what the inner UDP header carries, 0 if the frame is
 * shaped like none of the generator's. */
static __always_inline __u32 payload(void *data, void *end)
{
	__u32 at;

	if (data + 14 > end)
		return 0;
	if (*(__u16 *)(data + 12) == swap16(0x0800))
		at = 14 + 20 + 16;
	else if (*(__u16 *)(data + 12) == swap16(0x86dd))
		at = 14 + 40 + 16;
	else
		return 0;
	if (data + at + 14 > end)
		return 0;
	if (*(__u16 *)(data + at + 12) == swap16(0x0800))
		return at + 14 + 20 + 8;
	if (*(__u16 *)(data + at + 12) == swap16(0x86dd))
		return at + 14 + 40 + 8;
	return 0;
}

/* exponent returns the position of the highest bit of n, n > 0. */
static __always_inline __u32 exponent(__u64 n)
{
	__u32 bit = 0;

	if (n >> 32) { bit += 32; n >>= 32; }
	if (n >> 16) { bit += 16; n >>= 16; }
	if (n >> 8) { bit += 8; n >>= 8; }
	if (n >> 4) { bit += 4; n >>= 4; }
	if (n >> 2) { bit += 2; n >>= 2; }
	return bit + (n >> 1);
}

static __always_inline void record(__u64 nanoseconds)
{
	__u32 shift, bucket = nanoseconds;
	__u64 *n;

	if (nanoseconds >> PRECISION) {
		shift = exponent(nanoseconds) - PRECISION;
		bucket = (shift << PRECISION) + (nanoseconds >> (shift & 63));
	}
	if (bucket >= BUCKETS)
		bucket = BUCKETS - 1;
	n = bpf_map_lookup_elem(&latency, &bucket);
	if (n)
		++*n;
}

static __always_inline void count(struct counts *c, const struct mark *mark, __u64 length, __u64 now)
{
	__u64 number = mark->sequence & (1ull << RUN_SHIFT) - 1;

	c->frames++;
	c->bytes += length;
	if (number < c->next)
		c->reordered++;
	else
		c->next = number + 1;
	if (!c->first)
		c->first = now;
	c->last = now;
}

SEC("xdp")
int sink(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 zero = 0, stream, at = payload(data, end);
	const struct setting *setting = bpf_map_lookup_elem(&settings, &zero);
	const struct mark *mark = data + at;
	struct counts *c;
	__u64 now;

	if (!setting || !at || (void *)(mark + 1) > end || mark->magic != MAGIC)
		return XDP_PASS;
	if (mark->sequence >> RUN_SHIFT != setting->run)
		return XDP_DROP;
	stream = mark->stream & (STREAMS - 1);
	c = bpf_map_lookup_elem(&counted, &stream);
	if (!c)
		return XDP_DROP;
	now = bpf_ktime_get_ns();
	count(c, mark, end - data, now);
	if (setting->latency && now > mark->time)
		record(now - mark->time);
	return setting->pass ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
