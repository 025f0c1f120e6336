package ips

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
	"vxwall/rules/suricata"
)

// world is an engine with a detector, and a flow that packets belong to.
type world struct {
	t        testing.TB
	engine   *Engine
	state    *State
	detector *Detector
	record   flow.Record
	in       Input
	out      Result
	now      int64
}

// parse reads rules; lines without an action are "alert <protocol> any any -> any any (".
func parse(t testing.TB, text string) []suricata.Signature {
	t.Helper()
	sigs, problems := suricata.Parse("test.rules", []byte(text), nil)
	if len(problems) > 0 {
		t.Fatalf("parse: %v", problems)
	}
	return sigs
}

func newWorld(t testing.TB, rules string) *world { return newWorldWith(t, rules, Options{}) }

func newWorldWith(t testing.TB, rules string, o Options) *world {
	t.Helper()
	e, problems := Compile(parse(t, rules), o)
	if len(problems) > 0 {
		t.Fatalf("compile: %v", problems)
	}
	w := &world{t: t, engine: e, state: NewState(Limits{Sessions: 8, Nodes: 1000, Txs: 100, Hosts: 1000}), now: 1e18}
	w.detector = NewDetector(e, w.state)
	w.record = flow.Record{ID: 1, State: flow.Established, First: w.now, Key: key(wire.ProtoTCP)}
	return w
}

func key(proto uint8) flow.Key {
	return flow.Key{
		Src: wire.Map4([4]byte{10, 1, 0, 5}), Dst: wire.Map4([4]byte{10, 2, 0, 9}), SrcPort: 40000, DstPort: 80, VNI: 100, Proto: proto,
	}
}

// packet prepares a packet of the flow; dir is 0 from the client, 1 from the server.
func (w *world) packet(dir flow.Direction, payload string) *Input {
	w.record.Packets[dir]++
	k := w.record.Toward(dir)
	header := map[uint8]int{wire.ProtoTCP: 20, wire.ProtoUDP: 8, wire.ProtoICMP: 8}[k.Proto]
	b := make([]byte, 20+header, 20+header+len(payload))
	b[0], b[8], b[9] = 0x45, 64, k.Proto
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)+len(payload)))
	copy(b[12:], k.Src[12:])
	copy(b[16:], k.Dst[12:])
	if k.Proto != wire.ProtoICMP {
		binary.BigEndian.PutUint16(b[20:], k.SrcPort)
		binary.BigEndian.PutUint16(b[22:], k.DstPort)
	}
	if k.Proto == wire.ProtoTCP {
		b[32], b[33] = 0x50, 0x18
	}
	b = append(b, payload...)
	w.in = Input{Key: k, L3: b, L4: b[20:], Payload: b[20+header:], Time: w.now, Flow: &w.record, Session: 1, Dir: dir}
	return &w.in
}

// stream prepares a packet that brings the end of a window.
func (w *world) stream(dir flow.Direction, offset uint64, old, fresh string) *Input {
	in := w.packet(dir, fresh)
	in.Streamed = true
	in.Stream = app.Buffer{Data: []byte(old + fresh), Offset: offset, Fresh: len(old)}
	return in
}

// sids inspects and returns the sids of the alerts.
func (w *world) sids(in *Input) (out []int) {
	w.detector.Inspect(in, &w.out)
	for _, a := range w.out.Alerts() {
		out = append(out, int(w.engine.Signatures()[a.Sig].SID))
	}
	slices.Sort(out)
	return out
}

func (w *world) want(in *Input, sids ...int) {
	w.t.Helper()
	if got := w.sids(in); !slices.Equal(got, sids) {
		w.t.Errorf("alerts %v, want %v", got, sids)
	}
}

// fakeTx is a transaction with buffers as they are given.
type fakeTx struct {
	buffers map[app.BufferID][]app.Buffer
	numbers map[app.NumberID]int64
	files   []*app.File
}

func (f *fakeTx) Buffer(id app.BufferID, dir flow.Direction, n int) (app.Buffer, bool) {
	info := app.Buffers[id]
	if dir == flow.ToResponder && !info.ToServer || dir == flow.ToInitiator && !info.ToClient || n >= len(f.buffers[id]) {
		return app.Buffer{}, false
	}
	return f.buffers[id][n], true
}

func (f *fakeTx) Number(id app.NumberID, _ flow.Direction, n int) (int64, bool) {
	v, ok := f.numbers[id]
	return v, ok && n == 0
}

func (f *fakeTx) Files(flow.Direction) []*app.File { return f.files }

func (f *fakeTx) Describe(app.Fields) bool { return false }

// newTx makes a transaction of "http.uri=/x" and the like; it changed in both directions.
func newTx(id uint64, values ...string) (*app.Tx, *fakeTx) {
	f := &fakeTx{buffers: map[app.BufferID][]app.Buffer{}, numbers: map[app.NumberID]int64{}}
	for _, v := range values {
		name, value, _ := strings.Cut(v, "=")
		f.set(name, app.Buffer{Data: []byte(value), Final: true})
	}
	return &app.Tx{ID: id, Changed: [2]bool{true, true}, Content: f}, f
}

func (f *fakeTx) set(name string, b app.Buffer) {
	id, ok := app.BufferByName(name)
	if !ok {
		panic("no buffer " + name)
	}
	f.buffers[id] = append(f.buffers[id], b)
}

// request prepares a packet that brings transactions of HTTP.
func (w *world) request(dir flow.Direction, txs ...*app.Tx) *Input {
	in := w.packet(dir, "x")
	in.Streamed, in.App, in.AppState, in.Txs = true, "http", AppKnown, txs
	return in
}

// lines joins rules.
func lines(rules ...string) string { return strings.Join(rules, "\n") + "\n" }

// tcpRule is an alert on TCP with some options.
func tcpRule(sid int, options string) string {
	return fmt.Sprintf("alert tcp any any -> any any (%s sid:%d;)", options, sid)
}

func httpRule(sid int, options string) string {
	return fmt.Sprintf("alert http any any -> any any (%s sid:%d;)", options, sid)
}
