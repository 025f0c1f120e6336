//go:build ignore

/*
 * The XDP program of a bump in the wire: two ports, frames of one leave at the
 * other. It is loaded once for each port. A frame's life, in the order of the
 * functions below from the last one up:
 *
 *   1. not VXLAN, or not for us: relay it (or drop it)           outer.bpf.h, vtep.bpf.h
 *   2. nobody behind the socket: what is to happen on death
 *   3. of an offloaded flow: forward or drop it, as Go said      inner.bpf.h
 *   4. more than the worker can take: what is to happen on overload
 *   5. to the socket of its queue: Go decides
 *
 * Nothing is judged here that Go did not judge before. Every frame is counted
 * once. docs/xdp.md says how to look at it.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "shared.bpf.h"
#include "maps.bpf.h"

const volatile struct config config;

#include "outer.bpf.h"
#include "inner.bpf.h"
#include "vtep.bpf.h"

#define CACHE_LINE 64

static __always_inline void count(struct tally *t, struct frame *f)
{
	t->packets++;
	t->bytes += f->bytes;
}

static __always_inline struct counters *my_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counters, &zero);
}

/* Sends a frame out of the other port. If that is gone or down, the kernel
 * loses it. Those of a VTEP or a tap go to the kernel instead. */
static __always_inline int send(void)
{
	if (config.to_kernel)
		return XDP_PASS;
	return bpf_redirect_map(&ports, config.peer, XDP_DROP);
}

/* Relays or drops a frame that Go has not seen, for a reason. */
static __always_inline int settle(struct frame *f, __u8 action, __u8 reason)
{
	struct counters *c = my_counters();

	if (!c || reason >= MAX_REASONS)
		return XDP_ABORTED;
	if (action != RELAY) {
		count(&c->dropped[reason], f);
		return XDP_DROP;
	}
	count(&c->relayed[reason], f);
	return send();
}

/* Does what is to happen while no process, or a hung one, is behind. */
static __always_inline int abandon(struct frame *f)
{
	__u32 vni, *special = NULL;

	if (f->vxlan) {
		vni = bpf_ntohl(*(__be32 *)(f->vxlan + 4)) >> 8;
		special = bpf_map_lookup_elem(&on_death, &vni);
	}
	return settle(f, special ? *special : config.on_death, config.reason_down);
}

static __always_inline int to_socket(struct frame *f, struct queue *q, __u32 slot)
{
	struct counters *c = my_counters();

	/* Signed: for a moment user space may have taken more than is counted here. */
	if ((__s64)(q->redirected - q->taken) >= (__s64)config.backlog)
		return settle(f, config.overload, config.reason_overload);
	if (!c || bpf_redirect_map(&sockets, slot, XDP_DROP) != XDP_REDIRECT)
		return abandon(f);
	__sync_fetch_and_add(&q->redirected, 1);	/* generic XDP may run on two CPUs */
	count(&c->to_socket, f);
	return XDP_REDIRECT;
}

/* Does a packet look like the one that was judged? */
static __always_inline bool matches(struct frame *f, struct offload_value *v, __u32 revision)
{
	__u32 *vxlan = f->vxlan, *macs = f->vxlan + VXLAN_LEN, *want = (__u32 *)v->macs;

	return v->revision == revision && v->port == config.port && vxlan[0] == v->vxlan &&
	       !((__u8 *)vxlan)[7] && macs[0] == want[0] && macs[1] == want[1] && macs[2] == want[2] &&
	       (!f->no_checksum6 || v->no_checksum6);
}

/* Notes a packet of an offloaded flow. A TCP segment that is far from those before
 * is a guess, which must not move what user space will believe of the connection
 * (flow.inWindow). Two CPUs seldom do this at a time, so only what is summed up is
 * atomic. */
static __always_inline void note(struct offload_value *v, struct frame *f, struct segment *s, __u64 now)
{
	__sync_fetch_and_add(&v->packets, 1);
	__sync_fetch_and_add(&v->bytes, f->bytes);
	v->last = now;
	if (s->seq - (v->next - v->reach) > 2 * v->reach)
		return;
	if ((__s32)(s->next - v->next) > 0)
		v->next = s->next;
	if ((__s32)(s->ack - v->ack) > 0)
		v->ack = s->ack;
	if (s->window > v->window)
		v->window = s->window;
}

/* The entry of an offloaded flow that a frame belongs to, NULL if none. */
static __always_inline struct offload_value *find(struct frame *f, struct segment *s, __u32 revision)
{
	struct offload_key key = {};
	struct offload_value *v;

	if (!parse_inner(f, &key, s))
		return NULL;
	v = bpf_map_lookup_elem(&offload, &key);
	return v && matches(f, v, revision) ? v : NULL;
}

/* Does with a packet of an offloaded flow what Go said. */
static __always_inline int handle(struct frame *f, struct offload_value *v, struct segment *s, __u64 now)
{
	struct counters *c = my_counters();

	if (!c)
		return XDP_ABORTED;
	note(v, f, s, now);
	if (v->action != RELAY) {
		count(&c->dropped[v->reason % MAX_REASONS], f);
		return XDP_DROP;
	}
	count(&c->forwarded, f);
	return send();
}

/* Is there a worker at the other end of the queue's socket? The coarse clock
 * lags behind the worker's by a tick at most, so the heartbeat may seem to come
 * from the future, and death is seen a tick later. */
static __always_inline bool somebody(struct control *ctl, struct queue *q, __u32 slot, __u64 now)
{
	return !ctl->down && (__s64)(now - q->beat) < (__s64)config.heartbeat &&
	       bpf_map_lookup_elem(&sockets, &slot);
}

/* Has the second cache line of a frame on its way here while the first is still
 * awaited: to wait for one after the other costs more than all the rest. */
static __always_inline void fetch(struct frame *f)
{
	volatile __u8 *second = f->data + CACHE_LINE;

	if ((void *)(second + 1) <= f->end)
		(void)*second;
}

SEC("xdp")
int vxwall_wire(struct xdp_md *ctx)
{
	struct frame f = { (void *)(long)ctx->data, (void *)(long)ctx->data_end };
	__u32 zero = 0, slot = config.port * MAX_QUEUES + ctx->rx_queue_index;
	struct control *ctl = bpf_map_lookup_elem(&control, &zero);
	struct offload_value *v;
	struct segment s = {};
	__u64 now;

	f.bytes = f.end - f.data;
	fetch(&f);
	if ((config.to_kernel && !for_us(&f)) || parse_outer(&f) == NOT_VXLAN)
		return settle(&f, config.not_vxlan, config.reason_not_vxlan);
	barrier_var(f.vxlan);	/* or clang tests something else, and the verifier loses track */
	now = bpf_ktime_get_coarse_ns();
	if (!ctl || ctx->rx_queue_index >= MAX_QUEUES || slot >= PORTS * MAX_QUEUES ||
	    !somebody(ctl, &ctl->queues[slot], slot, now))
		return abandon(&f);
	if (config.offload && f.vxlan && (v = find(&f, &s, ctl->revision)))
		return handle(&f, v, &s, now);
	return to_socket(&f, &ctl->queues[slot], slot);
}

char LICENSE[] SEC("license") = "Apache-2.0";
