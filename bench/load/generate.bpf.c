//go:build ignore

/* The generator: runs by BPF_PROG_TEST_RUN with live frames, once for each frame. It writes
 * the headers of a template and a fresh mark into the frame and sends it out of a device.
 *
 * The kernel recycles the pages of frames without refilling them: whoever had the
 * frame before may have changed any byte of it. So all headers are written each
 * time. Only the zeros behind the mark are taken as they are. */
#include "mark.bpf.h"

#define TEMPLATES 131072
#define LAYOUTS 12 /* frames until the mix of sizes repeats */

/* Header bytes: outer Ethernet, IPv4 or IPv6, UDP, VXLAN, inner Ethernet, IPv4 or
 * IPv6, UDP. Both IPv4, one IPv6, both IPv6. */
#define SHORT_HEADERS 92
#define ONE_MORE 20
#define LONG_HEADERS (SHORT_HEADERS + 2 * ONE_MORE)

struct template {
	__u16 length;  /* of the frame */
	__u16 headers; /* bytes of them: SHORT_HEADERS, + ONE_MORE, or LONG_HEADERS */
	__u8 bytes[LONG_HEADERS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TEMPLATES);
	__type(key, __u32);
	__type(value, struct template);
} templates SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} device SEC(".maps");

enum flags {
	NEW_FLOWS = 1,  /* each frame a flow of its own */
	CHECKSUM = 2,   /* inner IPv6: no header checksum, but one of UDP */
};

/* What Go asks for; BPF reads it. */
struct plan {
	__u64 frames;   /* how many to send; set to 0 to stop */
	__u64 interval; /* picoseconds from one frame to the next, 0 for as fast as can be */
	__u32 templates;
	__u32 layouts;  /* templates of one flow, by size */
	__u8 mix[LAYOUTS]; /* which of them is next */
	__u16 stream;
	__u16 run;
	__u32 flags;
	__u32 flood;    /* after each frame so many of new flows, of the next stream; 0 for none */
	__u32 outer;    /* NEW_FLOWS: offset of the outer source port */
	__u32 source;   /* NEW_FLOWS: offset of the last two bytes of the inner source address; 0 in templates */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct plan);
} plans SEC(".maps");

/* What BPF has done; Go sets it to zero before a run. One thread runs the program. */
struct progress {
	__u64 sent;    /* frames handed to the device; it may still have no room for them */
	__u64 bytes;
	__u64 next;    /* picoseconds after start: the next frame is due */
	__u64 start;   /* ktime of the first frame */
	__u64 end;     /* ktime of the last one */
	__u64 late;    /* times that the generator fell behind by more than CATCH_UP frames */
	__u64 fresh;   /* NEW_FLOWS: number of the next flow. Outlives runs */
	__u32 flow;    /* template of the next flow's first size */
	__u32 turn;    /* place in the mix */
	__u64 flooded; /* frames of the flood; they are in sent and bytes too */
	__u32 phase;   /* of the flood: 0 when the next frame is none of it */
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct progress);
} progresses SEC(".maps");

#define CATCH_UP 64

/* due says whether it is time for the next frame. Who falls far behind does not make
 * up for it: a burst at full speed would measure the burst. */
static __always_inline int due(const struct plan *plan, struct progress *p, __u64 now)
{
	__u64 passed = (now - p->start) * 1000;

	if (!plan->interval)
		return 1;
	if (passed < p->next)
		return 0;
	p->next += plan->interval;
	if (passed > p->next + CATCH_UP * plan->interval) {
		p->next = passed;
		p->late++;
	}
	return 1;
}

/* choose returns the template of the next frame: flow after flow, each with the size
 * that is next in the mix. */
static __always_inline struct template *choose(const struct plan *plan, struct progress *p)
{
	__u32 turn = p->turn, key;

	if (turn >= LAYOUTS)
		turn = 0;
	key = p->flow + plan->mix[turn];
	p->turn = turn + 1;
	p->flow += plan->layouts;
	if (p->flow >= plan->templates)
		p->flow = 0;
	return bpf_map_lookup_elem(&templates, &key);
}

/* flood says whether the next frame is one of the flood. */
static __always_inline int flood(const struct plan *plan, struct progress *p)
{
	__u32 phase = p->phase;

	p->phase = phase < plan->flood ? phase + 1 : 0;
	return phase;
}

/* fold adds the carries of a one's complement sum (RFC 1071). */
static __always_inline __u16 fold(__u64 sum)
{
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return sum;
}

/* words returns the sum of the 16-bit words of n. */
static __always_inline __u64 words(__u64 n)
{
	return (n & 0xffff) + (n >> 16 & 0xffff) + (n >> 32 & 0xffff) + (n >> 48);
}

struct five {
	__be16 outer;   /* outer source port */
	__be16 port;    /* inner source port */
	__be16 address; /* last two bytes of the inner source address */
};

/* freshen returns what makes flow n of NEW_FLOWS a new one: 2^16 ports, then 2^12 addresses. */
static __always_inline struct five freshen(__u64 n)
{
	struct five f;

	f.port = swap16(n);
	f.address = swap16(n >> 16 & 0xfff);
	f.outer = swap16(0xc000 | (((__u32)n * 2654435761u) >> 18));
	return f;
}

/* word returns the 16 bits at an offset below 256, or NULL behind the frame's end. */
static __always_inline __be16 *word(struct xdp_md *ctx, __u32 offset)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__be16 *w = data + (offset & 0xff);

	return (void *)(w + 1) > end ? 0 : w;
}

/* renew makes the frame's flow a new one. It returns what it added to the sum of the inner
 * addresses and ports. */
static __always_inline __u64 renew(struct xdp_md *ctx, const struct plan *plan, __u32 headers, __u64 n)
{
	struct five f = freshen(n);
	__be16 *outer = word(ctx, plan->outer);
	__be16 *address = word(ctx, plan->source);
	__be16 *port = word(ctx, headers - 8);
	__be16 *sum = word(ctx, plan->source - 4); /* of IPv4: 4 bytes in front */

	if (!outer || !address || !port || !sum)
		return 0;
	*outer = f.outer;
	*address = f.address;
	*port = f.port;
	if (!(plan->flags & CHECKSUM))
		*sum = ~fold((__u16)~*sum + f.address);
	return (__u64)f.port + f.address;
}

/* fill writes the template's headers into a frame. */
static __always_inline int fill(void *data, void *end, const struct template *t)
{
	if (data + SHORT_HEADERS > end)
		return 0;
	__builtin_memcpy(data, t->bytes, SHORT_HEADERS);
	if (t->headers == SHORT_HEADERS)
		return 1;
	if (data + SHORT_HEADERS + ONE_MORE > end)
		return 0;
	__builtin_memcpy(data + SHORT_HEADERS, t->bytes + SHORT_HEADERS, ONE_MORE);
	if (t->headers == SHORT_HEADERS + ONE_MORE)
		return 1;
	if (data + LONG_HEADERS > end)
		return 0;
	__builtin_memcpy(data + SHORT_HEADERS + ONE_MORE, t->bytes + SHORT_HEADERS + ONE_MORE, ONE_MORE);
	return 1;
}

/* stamp writes the mark behind the headers. */
static __always_inline int stamp(struct xdp_md *ctx, const struct mark *mark, __u32 headers)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 at = headers & 0xff;

	if (data + at + sizeof(*mark) > end)
		return 0;
	__builtin_memcpy(data + at, mark, sizeof(*mark));
	return 1;
}

/* complete adds what the template did not know to the inner UDP checksum: the number and
 * the time of the mark, and the sum of other words. */
static __always_inline int complete(struct xdp_md *ctx, const struct mark *mark, __u32 headers, __u64 others)
{
	__be16 *sum = word(ctx, headers - 2);

	if (!sum)
		return 0;
	*sum = ~fold((__u16)~*sum + words(mark->sequence) + words(mark->time) + others);
	if (!*sum)
		*sum = 0xffff;
	return 1;
}

/* write makes the frame one of a template, and says whether it could. */
static __always_inline int write(struct xdp_md *ctx, const struct plan *plan, struct progress *p, struct mark *mark)
{
	__u32 flooding = flood(plan, p), key = plan->templates, length = ctx->data_end - ctx->data;
	const struct template *t = flooding ? bpf_map_lookup_elem(&templates, &key) : choose(plan, p);
	__u64 extra = 0;

	if (!t || (t->length != length && bpf_xdp_adjust_tail(ctx, (int)t->length - (int)length)))
		return 0;
	if (!fill((void *)(long)ctx->data, (void *)(long)ctx->data_end, t))
		return 0;
	if (flooding || plan->flags & NEW_FLOWS)
		extra = renew(ctx, plan, t->headers, p->fresh++);
	mark->stream = plan->stream + (flooding ? 1 : 0);
	mark->sequence = (__u64)plan->run << RUN_SHIFT | (flooding ? p->flooded++ : p->sent - p->flooded);
	p->bytes += t->length;
	if (!stamp(ctx, mark, t->headers))
		return 0;
	return !(plan->flags & CHECKSUM) || complete(ctx, mark, t->headers, extra);
}

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	__u32 zero = 0;
	const struct plan *plan = bpf_map_lookup_elem(&plans, &zero);
	struct progress *p = bpf_map_lookup_elem(&progresses, &zero);
	struct mark mark = { .magic = MAGIC };

	if (!plan || !p || p->sent >= plan->frames)
		return XDP_DROP;
	mark.time = bpf_ktime_get_ns();
	if (!p->start)
		p->start = mark.time;
	if (!due(plan, p, mark.time))
		return XDP_DROP;
	if (!write(ctx, plan, p, &mark))
		return XDP_ABORTED;
	p->sent++;
	p->end = mark.time;
	return bpf_redirect_map(&device, 0, XDP_DROP);
}

char _license[] SEC("license") = "GPL";
