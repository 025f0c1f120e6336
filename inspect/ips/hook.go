package ips

import (
	"slices"
	"strings"

	"vxwall/inspect/app"
	"vxwall/inspect/ips/chain"
	"vxwall/pipeline/flow"
)

// hook is a step of a transaction at which a rule is judged: "http1:request_headers". It is reached
// once a buffer of the step is there, or the direction is complete.
type hook struct {
	dir      flow.Direction
	buffer   app.BufferID // NoBuffer: none is waited for
	complete bool
	app      string
}

// hooks are the steps of the protocols that have names for them, beside the started and complete of all.
var hooks = map[string]hook{
	"http:request_line": {dir: flow.ToResponder, buffer: app.HTTPRequestLine}, "http:response_line": {dir: flow.ToInitiator, buffer: app.HTTPResponseLine},
	"http:request_headers": {dir: flow.ToResponder, buffer: app.HTTPHeader}, "http:response_headers": {dir: flow.ToInitiator, buffer: app.HTTPHeader},
	"http:request_body": {dir: flow.ToResponder, buffer: app.HTTPRequestBody}, "http:response_body": {dir: flow.ToInitiator, buffer: app.HTTPResponseBody},
	"http:request_trailer": {dir: flow.ToResponder, complete: true}, "http:response_trailer": {dir: flow.ToInitiator, complete: true},
	"tls:client_in_progress": {dir: flow.ToResponder}, "tls:server_in_progress": {dir: flow.ToInitiator},
	"tls:client_hello_done": {dir: flow.ToResponder, buffer: app.TLSRandom}, "tls:server_hello": {dir: flow.ToInitiator, buffer: app.TLSRandom},
	"tls:server_cert_done": {dir: flow.ToInitiator, buffer: app.TLSSubject}, "tls:server_hello_done": {dir: flow.ToInitiator, buffer: app.TLSRandom},
	"tls:client_finished": {dir: flow.ToResponder, complete: true}, "tls:server_finished": {dir: flow.ToInitiator, complete: true},
}

// newHook returns the hook of a protocol with a name, false if there is none.
func newHook(protocol, name string) (hook, bool) {
	h, ok := hooks[protocol+":"+name]
	h.app = protocol
	if ok {
		return h, true
	}
	side, step, _ := strings.Cut(name, "_")
	sides := map[string]flow.Direction{"request": flow.ToResponder, "response": flow.ToInitiator}
	if h.dir, ok = sides[side]; !ok || !slices.Contains([]string{"started", "complete"}, step) {
		return hook{}, false
	}
	h.complete = step == "complete"
	return h, true
}

func (h hook) asks(_ *Detector, tx *app.Tx, _ flow.Direction) chain.Outcome {
	switch {
	case tx.Progress[h.dir] == app.Complete:
		return chain.Matched
	case h.complete:
		return chain.Waits
	case h.buffer == app.NoBuffer:
		return chain.Matched
	}
	if _, ok := tx.Buffer(h.buffer, h.dir, 0); ok {
		return chain.Matched
	}
	return chain.Waits
}

func (h hook) apps() []string { return expand(h.app) }
