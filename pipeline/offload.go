package pipeline

import "vxwall/pipeline/flow"

// Offloader is what a Queue may be besides: one that can handle the packets of
// a flow by itself, as long as they look like one that the worker judged. A
// worker looks for it once.
type Offloader interface {
	// Offload asks for packets like p, of p's flow, in p's direction, to be
	// handled without the worker from now on: forwarded, or dropped for p's
	// reason, as p's verdict says. It reports whether they will be. p is borrowed
	// for the time of the call.
	Offload(p *Packet) bool
	// Recall takes the packets that show a key back, and says what was handled
	// since Offload. It reports false, with nothing handled, if it had none.
	Recall(k *flow.Key, handled *flow.Handled) bool
}
