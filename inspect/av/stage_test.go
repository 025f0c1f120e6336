package av_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"vxwall/inspect/app"
	"vxwall/inspect/app/protocols"
	"vxwall/inspect/av"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/stream"
)

const (
	evil = "EVIL-BYTES"
	zip  = "PK" // what begins so is judged as a whole
)

// engine finds evil bytes as they come, and in files that begin with zip if they are
// there as a whole.
type engine struct {
	whole chan av.Finding // what Whole says, when it comes; nil: at once
	mu    sync.Mutex
	files []string // that Whole was asked about
}

func (e *engine) Name() string        { return "test" }
func (e *engine) Version() uint64     { return 1 }
func (e *engine) Scanner() av.Scanner { return &scanner{} }

func (e *engine) Whole(file []byte, name string) av.Finding {
	e.mu.Lock()
	e.files = append(e.files, fmt.Sprintf("%s %d", name, len(file)))
	e.mu.Unlock()
	if e.whole != nil {
		return <-e.whole
	}
	if bytes.Contains(file, []byte("zipped evil")) {
		return av.Finding{Outcome: av.Infected, Name: "Test.Zipped", Member: "inside"}
	}
	return av.Finding{}
}

type scanner struct{ seen []byte }

func (s *scanner) Reset() { s.seen = s.seen[:0] }
func (s *scanner) Write(b []byte) bool {
	s.seen = append(s.seen, b...)
	return bytes.Contains(s.seen, []byte(evil))
}
func (s *scanner) AtEnd() bool        { return bytes.HasSuffix(s.seen, []byte("bad end")) }
func (s *scanner) Whole() bool        { return bytes.HasPrefix([]byte(zip), s.seen[:min(2, len(s.seen))]) }
func (s *scanner) Found() *av.Finding { return &av.Finding{Outcome: av.Infected, Name: "Test.Evil"} }

// listener is told of files.
type listener struct{ said []string }

func (l *listener) Judged(at *app.Moment, f *av.Found) {
	l.said = append(l.said, fmt.Sprintf("%s %s %s %s %d", f.File, f.Outcome, f.Name, f.Action, f.Size))
}

func rig(e *engine, change func(*av.Profile)) (pt.Rig, *listener) {
	heard := &listener{}
	profile := av.Profile{
		Name: "files", Engine: e, MaxSize: 1000, MaxHold: time.Second,
		Actions: av.Actions{av.Encrypted: av.Alert, av.Part: av.Alert},
	}
	if change != nil {
		change(&profile)
	}
	stage := &av.Stage{
		Profiles: []av.Profile{profile}, Limits: av.DefaultLimits, Stats: &av.Stats{},
		Choose: func(r *flow.Record) int {
			if r.Key.VNI == 200 {
				return -1
			}
			return 0
		},
		App:  &app.Config{Protocols: protocols.All(), Streams: stream.PoolConfig{Inline: true}},
		Sink: func(*pipeline.Scope) av.Sink { return heard },
	}
	return pt.Rig{Config: pipeline.Default(), Stages: []pipeline.Stage{stage}}, heard
}

// download is a conversation in which a client gets a file.
type download struct {
	vni       uint32
	seq, back uint32
	frames    [][]byte
}

func (d *download) client(flags, text string) {
	d.frames = append(d.frames, pt.Frame(pt.VXLAN{VNI: d.vni}, pt.Eth{}, pt.IPv4{},
		pt.TCP{Src: 40000, Dst: 80, Seq: d.seq, Ack: d.back, Flags: flags}, pt.Payload(text)))
	d.seq += uint32(len(text))
}

func (d *download) server(flags, text string) {
	d.frames = append(d.frames, pt.Frame(pt.VXLAN{VNI: d.vni, Back: true}, pt.Eth{Src: pt.MACb, Dst: pt.MACa}, pt.IPv4{Src: "10.2.0.9", Dst: "10.1.0.5"},
		pt.TCP{Src: 80, Dst: 40000, Seq: d.back, Ack: d.seq, Flags: flags}, pt.Payload(text)))
	d.back += uint32(len(text))
}

// get begins a conversation: five frames, of which the last is the answer's header.
func get(vni uint32, header string) *download {
	d := &download{vni: vni, seq: 100, back: 500}
	d.get(header)
	return d
}

func (d *download) get(header string) {
	d.client("S", "")
	d.seq++
	d.server("SA", "")
	d.back++
	d.client("A", "")
	d.client("PA", "GET /file.bin HTTP/1.1\r\nHost: a\r\n\r\n")
	d.server("PA", "HTTP/1.1 200 OK\r\n"+header+"\r\n")
}

func sized(n int) string { return fmt.Sprintf("Content-Length: %d\r\n", n) }

func outcomes(result *pt.Result, from int) string {
	var list []string
	for _, o := range result.Outcomes[from:] {
		if o.Forwarded {
			list = append(list, "-")
		} else {
			list = append(list, o.Reason.String())
		}
	}
	return strings.Join(list, " ")
}

func TestFiles(t *testing.T) {
	for name, test := range map[string]struct {
		vni    uint32
		header string
		body   []string
		fin    bool
		change func(*av.Profile)
		want   string // of the body's segments
		said   string
	}{
		"clean":                {header: sized(5), body: []string{"clean"}, want: "-", said: "/file.bin clean  allow 5"},
		"in one segment":       {header: sized(10), body: []string{evil}, want: "file-infected", said: "/file.bin infected Test.Evil block 10"},
		"in three":             {header: sized(10), body: []string{evil[:3], evil[3:6], evil[6:]}, want: "- - file-infected"},
		"before the end":       {header: sized(99), body: []string{evil, "and more"}, want: "file-infected file-infected"},
		"by its end":           {header: sized(7), body: []string{"bad", " end"}, want: "- file-infected"},
		"of unknown length":    {body: []string{"bad", " end", "?"}, want: "- file-infected file-infected"},
		"until the end":        {body: []string{"go", "od"}, fin: true, want: "- - -", said: "/file.bin clean  allow 4"},
		"chunked":              {header: "Transfer-Encoding: chunked\r\n", body: []string{"5\r\nEVIL-\r\n", "5\r\nBYTES\r\n0\r\n\r\n"}, want: "- file-infected"},
		"container":            {header: sized(13), body: []string{"PK", "zipped evil"}, want: "- file-infected", said: "/file.bin infected Test.Zipped block 13"},
		"clean container":      {header: sized(9), body: []string{"PK", "nothing"}, want: "- -"},
		"container too long":   {header: sized(2000), body: []string{"PK" + strings.Repeat("a", 998), strings.Repeat("b", 1000)}, want: "- file-over-limit"},
		"infected, only alert": {header: sized(10), body: []string{evil}, change: func(p *av.Profile) { p.Actions[av.Infected] = av.Alert }, want: "-", said: "/file.bin infected Test.Evil alert 10"},
		"infected, monitored":  {header: sized(10), body: []string{evil}, change: func(p *av.Profile) { p.Monitor = true }, want: "-", said: "/file.bin infected Test.Evil block 10"},
		"another network":      {vni: 200, header: sized(10), body: []string{evil}, want: "-"},
		"not this direction":   {header: sized(10), body: []string{evil}, change: func(p *av.Profile) { p.Skip[flow.ToInitiator] = true }, want: "-"},
		"not this protocol":    {header: sized(10), body: []string{evil}, change: func(p *av.Profile) { p.Protocols = []string{"smtp"} }, want: "-"},
		"excepted":             {header: sized(10), body: []string{evil}, change: func(p *av.Profile) { p.Except = func(f *av.Finding, _ []byte) bool { return f.Name == "Test.Evil" } }, want: "-"},
	} {
		t.Run(name, func(t *testing.T) {
			d := get(max(test.vni, 100), test.header)
			for _, part := range test.body {
				d.server("PA", part)
			}
			if test.fin {
				d.server("FA", "")
			}
			r, heard := rig(&engine{}, test.change)
			result := r.Run(d.frames...)
			if got := outcomes(result, 5); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
			if said := strings.Join(heard.said, ", "); test.said != "" && said != test.said {
				t.Errorf("told %q, want %q", said, test.said)
			}
		})
	}
}

// A connection on the same addresses and ports counts its files anew: what was seen of
// those before says nothing of them.
func TestNextConnection(t *testing.T) {
	for _, first := range []string{strings.Repeat("-", 50), "short"} { // unfinished, and finished
		d := get(100, sized(max(len(first), 5)*len(first)/5))
		d.server("PA", first)
		d.client("RA", "")
		d.seq, d.back = 1_000_000, 2_000_000
		d.get(sized(len(evil)))
		d.server("PA", evil)
		r, heard := rig(&engine{}, nil)
		result := r.Run(d.frames...)
		if got := result.Outcomes[len(d.frames)-1]; got.Reason != pipeline.FileInfected {
			t.Errorf("%q before: %s, told %q", first, got, heard.said)
		}
	}
}

// Too many files at a time are what the profile says of limits.
func TestTooManyFiles(t *testing.T) {
	for action, want := range map[av.Action]string{av.Block: "file-over-limit", av.Alert: "-"} {
		r, _ := rig(&engine{}, func(p *av.Profile) { p.Actions[av.OverLimit] = action })
		r.Stages[0].(*av.Stage).Limits.Files = 0
		d := get(100, sized(5))
		d.server("PA", "clean")
		if got := outcomes(r.Run(d.frames...), 5); got != want {
			t.Errorf("%s: %s, want %s", action, got, want)
		}
	}
}

// Behind CONNECT another parser counts files anew, too.
func TestFileBehindConnect(t *testing.T) {
	d := get(100, sized(5))
	d.frames = d.frames[:3] // but for the request and its answer
	d.seq, d.back = 101, 501
	d.client("PA", "GET /a HTTP/1.1\r\nHost: a\r\n\r\nCONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
	d.server("PA", "HTTP/1.1 200 OK\r\n"+sized(5)+"\r\ncleanHTTP/1.1 200 Connection established\r\n\r\n")
	d.server("PA", "HTTP/1.1 200 OK\r\n"+sized(len(evil))+"\r\n"+evil)
	r, heard := rig(&engine{}, nil)
	if got := outcomes(r.Run(d.frames...), 5); got != "file-infected" {
		t.Errorf("%s, told %q", got, heard.said)
	}
}
