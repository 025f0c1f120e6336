package overlay

import (
	"fmt"
	"testing"
)

// Every combination of inner and outer ECN, as RFC 6040 figures 3 and 4 have them,
// written down a second time.
func TestRemarkECN(t *testing.T) {
	names := map[string]uint8{"Not-ECT": NotECT, "ECT(0)": ECT0, "ECT(1)": ECT1, "CE": CE}
	want := map[string]string{ // inner, outer: inner as it leaves
		"Not-ECT, Not-ECT": "Not-ECT", "Not-ECT, ECT(0)": "Not-ECT", "Not-ECT, ECT(1)": "Not-ECT", "Not-ECT, CE": "drop",
		"ECT(0), Not-ECT": "ECT(0)", "ECT(0), ECT(0)": "ECT(0)", "ECT(0), ECT(1)": "ECT(1)", "ECT(0), CE": "CE",
		"ECT(1), Not-ECT": "ECT(1)", "ECT(1), ECT(0)": "ECT(1)", "ECT(1), ECT(1)": "ECT(1)", "ECT(1), CE": "CE",
		"CE, Not-ECT": "CE", "CE, ECT(0)": "CE", "CE, ECT(1)": "CE", "CE, CE": "CE",
	}
	for in, inner := range names {
		for out, outer := range names {
			for _, mode := range []ECNMode{ECNNormal, ECNCompatibility} {
				o := Options{ECN: mode}
				newInner, newOuter, ok := o.Remark(inner, outer, true)
				expected := want[in+", "+out]
				if ok == (expected == "drop") {
					t.Errorf("inner %s, outer %s: passes %v", in, out, ok)
				}
				if !ok {
					continue
				}
				marked := names[expected]
				if mode == ECNCompatibility {
					marked = NotECT
				}
				if newInner != names[expected] || newOuter != marked {
					t.Errorf("inner %s, outer %s, mode %d: inner %d, outer %d", in, out, mode, newInner, newOuter)
				}
			}
		}
	}
}

// Every combination of both bytes, for what must hold whatever they are.
func TestRemarkEveryByte(t *testing.T) {
	for _, model := range []DSCPModel{DSCPPipe, DSCPUniform, DSCPKeep} {
		for _, mode := range []ECNMode{ECNNormal, ECNCompatibility} {
			o := Options{DSCP: model, PipeDSCP: 46, ECN: mode}
			for both := range 1 << 16 {
				inner, outer := uint8(both>>8), uint8(both)
				if err := checkRemark(&o, inner, outer); err != nil {
					t.Fatalf("model %d, mode %d, inner %#02x, outer %#02x: %v", model, mode, inner, outer, err)
				}
			}
		}
	}
}

func checkRemark(o *Options, inner, outer uint8) error {
	newInner, newOuter, ok := o.Remark(inner, outer, true)
	if lost := inner&3 == NotECT && outer&3 == CE; lost == ok {
		return fmt.Errorf("passes %v", ok)
	} else if lost {
		return nil
	}
	wantInner, wantOuter := inner>>2, uint8(46)
	switch o.DSCP {
	case DSCPUniform:
		wantInner, wantOuter = outer>>2, outer>>2
	case DSCPKeep:
		wantOuter = outer >> 2
	}
	if newInner>>2 != wantInner || newOuter>>2 != wantOuter {
		return fmt.Errorf("DSCP %d inside, %d outside, want %d, %d", newInner>>2, newOuter>>2, wantInner, wantOuter)
	}
	congested := inner&3 == CE || outer&3 == CE
	if congested != (newInner&3 == CE) {
		return fmt.Errorf("congestion was seen: %v, is said: %v", congested, newInner&3 == CE)
	}
	if (inner&3 == NotECT) != (newInner&3 == NotECT) {
		return fmt.Errorf("inner ECN %d became %d", inner&3, newInner&3)
	}
	if want := newInner & 3; o.ECN == ECNNormal && newOuter&3 != want || o.ECN == ECNCompatibility && newOuter&3 != 0 {
		return fmt.Errorf("outer ECN %d", newOuter&3)
	}
	return nil
}

// What is not IP has no ECN: it cannot pass congestion on, and does not ask for marks.
func TestRemarkOfWhatIsNotIP(t *testing.T) {
	for outer := range 256 {
		_, newOuter, ok := (&Options{}).Remark(0xff, uint8(outer), false)
		if ok == (outer&3 == CE) || ok && newOuter != 0 {
			t.Errorf("outer %#02x: %#02x, passes %v", outer, newOuter, ok)
		}
	}
}
