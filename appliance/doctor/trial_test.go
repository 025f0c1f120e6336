package doctor

import (
	"errors"
	"strings"
	"testing"

	"vxwall/appliance/link/afxdp"
)

// TestJudgeTrial: what works is said, and in which mode vxwall would run.
func TestJudgeTrial(t *testing.T) {
	no := errors.New("no")
	p := hardware("eth1")
	for _, c := range []struct {
		wanted string
		trial  afxdp.Trial
		mode   afxdp.Mode
		want   string
	}{
		{"auto", afxdp.Trial{}, afxdp.Native, "ok: native XDP works, attached in 0s; AF_XDP without copying works"},
		{"auto", afxdp.Trial{ZeroCopy: no}, afxdp.Native, "ok: native XDP works, attached in 0s; AF_XDP copies (without copying is refused: no)"},
		{"auto", afxdp.Trial{ZeroCopy: afxdp.ErrNotTried}, afxdp.Native, "ok: native XDP works, attached in 0s; AF_XDP copies (that without copying was not tried: the port has addresses)"},
		{"generic", afxdp.Trial{ZeroCopy: no}, afxdp.Generic, "ok: native XDP works, and xdp = \"generic\" does without"},
		{"auto", afxdp.Trial{Native: no, ZeroCopy: no}, afxdp.Generic, "warning: native XDP is refused (no), generic XDP works; AF_XDP copies"},
		{"auto", afxdp.Trial{Native: no, Generic: no, Copy: afxdp.ErrNotTried, ZeroCopy: afxdp.ErrNotTried}, afxdp.Auto, "problem: XDP is refused, native: no; generic: no"},
		{"auto", afxdp.Trial{Copy: no, ZeroCopy: no}, afxdp.Native, "problem: native XDP works, attached in 0s; AF_XDP sockets are refused: no"},
	} {
		got := p.judgeTrial(c.wanted, &c.trial)
		if text := told([]Finding{got.Finding}); !strings.HasPrefix(text, c.want) || got.Mode != c.mode {
			t.Errorf("got  %s, %v\nwant %s, %v", text, got.Mode, c.want, c.mode)
		}
	}
	p.Program, p.Running = 7, afxdp.Generic
	if got := p.try("auto"); got.Verdict != NotChecked || got.Mode != afxdp.Generic {
		t.Errorf("%+v", got)
	}
}
