/* The maps. But for the counters, both ports' programs share them. */

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__type(key, __u32);	/* port * MAX_QUEUES + queue */
	__type(value, __u32);
	__uint(max_entries, PORTS * MAX_QUEUES);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__type(key, __u32);	/* port */
	__type(value, __u32);	/* interface index */
	__uint(max_entries, PORTS);
} ports SEC(".maps");

/* A variable is in a map of one element, ".bss", whose address the kernel writes into
 * the program: no lookup. */
volatile struct control control;

/* The offload table is two arrays that Go maps and alone writes, but for what
 * happened to packets (docs/xdp.md). No map of the kernel's: those hash more slowly,
 * cost a system call for each flow, and may put an entry to another use while a
 * packet is at it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);	/* of the hash, what config.buckets leaves */
	__type(value, struct offload_bucket);
	__uint(max_entries, 1);	/* Go sets it */
} buckets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);	/* out of a bucket; the first is never used */
	__type(value, struct offload_entry);
	__uint(max_entries, 1);	/* Go sets it */
} entries SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);	/* as in entries */
	__type(value, struct offload_way);
	__uint(max_entries, 1);	/* Go sets it, for a VTEP */
} ways SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);	/* VNI */
	__type(value, __u32);	/* enum action */
	__uint(max_entries, 1);	/* Go sets it */
} on_death SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct counters);
	__uint(max_entries, 1);
} counters SEC(".maps");
