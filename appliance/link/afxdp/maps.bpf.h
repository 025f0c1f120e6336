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

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct control);
	__uint(max_entries, 1);
} control SEC(".maps");

/* Not an LRU hash: that would forget what was counted for a flow when it makes
 * room, and a flood of new flows would push out established ones. User space
 * bounds what is in here, and knows what is. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct offload_key);
	__type(value, struct offload_value);
	__uint(max_entries, 1);	/* Go sets it */
} offload SEC(".maps");

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
