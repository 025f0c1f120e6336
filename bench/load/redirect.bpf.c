//go:build ignore

/* The limit that everything is compared with: what comes in at one port leaves at the
 * other, and nothing is looked at. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} other SEC(".maps");

SEC("xdp")
int redirect(struct xdp_md *ctx)
{
	return bpf_redirect_map(&other, 0, XDP_DROP);
}

char _license[] SEC("license") = "GPL";
