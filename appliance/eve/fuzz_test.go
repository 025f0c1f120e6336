package eve

import (
	"encoding/binary"
	"reflect"
	"testing"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	. "vxwall/pipeline/pipelinetest"
	"vxwall/rules"
)

// fill sets every number of a value from bytes, which it goes through in a
// circle: whatever its fields are, now or later. Private fields stay zero: what
// an event quotes of a packet comes from arbitrary packets.
func fill(v reflect.Value, data []byte, at *int) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				fill(f, data, at)
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), data, at)
		}
	case reflect.Bool:
		v.SetBool(take(data, at)&1 != 0)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(int64(take(data, at)))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(take(data, at) & (1<<v.Type().Bits() - 1))
	}
}

func take(data []byte, at *int) uint64 {
	var b [8]byte
	for i := range b {
		if len(data) > 0 {
			b[i] = data[*at%len(data)]
		}
		*at++
	}
	return binary.LittleEndian.Uint64(b[:])
}

// FuzzEncode encodes events with arbitrary values, and those of arbitrary
// packets: each is one line of valid JSON without repeated keys.
func FuzzEncode(f *testing.F) {
	for i, frame := range Samples() {
		f.Add(frame, "web", uint8(i))
	}
	f.Add([]byte{0xff}, "\"\\\n\xff♥", uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, name string, kind uint8) {
		set := parsePolicy(t, policyText)
		for i := range set.Segments {
			set.Segments[i].Name = name
		}
		for i := range set.ACL {
			set.ACL[i].Name = name
		}
		w := &Writer{cfg: Config{Policies: oneRevision{set}, Capture: true}}
		e := arbitrary(data, Kind(kind)%(Stats+1))
		checkLine(t, w.append(nil, e))
		for _, line := range events(t, set, data) {
			checkLine(t, append([]byte(line), '\n'))
		}
	})
}

// arbitrary is an event whose values are data, but for those of closed sets.
func arbitrary(data []byte, kind Kind) *Event {
	var e Event
	at := 0
	fill(reflect.ValueOf(&e).Elem(), data, &at)
	e.Kind = kind
	e.Reason %= pipeline.Reason(pipeline.Reasons)
	e.Finding.Reason %= pipeline.Reason(pipeline.Reasons)
	e.Verdict %= pipeline.Detour + 1
	e.End %= flow.Shutdown + 1
	e.Direction %= 2
	e.Record.State %= flow.Closed + 1
	e.Record.Judgement.Action %= uint8(rules.Allow) + 1
	e.Record.Judgement.Kind %= 7
	if kind == Stats {
		e.Stats = &pipeline.Counters{}
		fill(reflect.ValueOf(e.Stats).Elem(), data, &at)
	}
	return &e
}

func checkLine(t *testing.T, line []byte) {
	t.Helper()
	if len(line) == 0 || line[len(line)-1] != '\n' || lines(line) != 1 {
		t.Fatalf("not one line: %q", line)
	}
	var o map[string]any
	if err := strictJSON(line, &o); err != nil {
		t.Fatalf("%v\n%s", err, line)
	}
	if o["event_type"] == nil || o["timestamp"] == nil {
		t.Fatalf("no type or time: %s", line)
	}
}
