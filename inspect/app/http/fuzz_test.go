package http

import (
	"path/filepath"
	"testing"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// seeds are conversations: of real captures where the suite is there, and made ones.
func seeds(f *testing.F) {
	files, _ := filepath.Glob(suite + "/http-evader/http-evader-*/input.pcap")
	for i, file := range files {
		if i%10 != 0 {
			continue
		}
		var both [2][]byte
		for _, p := range conversation(f, file) {
			both[p.dir] = append(both[p.dir], p.data...)
		}
		f.Add(both[0], both[1], uint8(7))
	}
	f.Add([]byte("POST /a%u0041/../b//c\\d?x=%2541 HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nA: b\r\n\r\n"),
		[]byte("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 404\r\n\r\n"), uint8(1))
	f.Add([]byte("POST / HTTP/1.0\r\nContent-Type: multipart/form-data; boundary=xy\r\nContent-Length: 90\r\n\r\n--xy\r\nContent-Disposition: form-data; name=a; filename=\"b.txt\"\r\n\r\nhello\r\n--xy--\r\nand so on"),
		[]byte("<html>no status line</html>"), uint8(3))
	f.Add([]byte("CONNECT a:443 HTTP/1.1\r\n\r\nxyz"), []byte("HTTP/1.1 200 OK\r\n\r\nabc"), uint8(2))
	f.Add([]byte("GET /old\r\n"), []byte("HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\nPRI"), uint8(5))
}

// FuzzSplit holds the parser to its promise: in which pieces bytes come makes no
// difference to what it finds, and what it finds fits together.
func FuzzSplit(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, request, response []byte, size uint8) {
		list := []piece{{flow.ToResponder, request, false}, {flow.ToInitiator, response, false}}
		whole := watch(list, 0)
		if whole.events.Has(app.HTTPTooManyTransactions) || whole.events.Has(app.HTTPCompressionBomb) || whole.most > maxMute {
			return
		}
		if got := watch(list, int(size)+1).String(); got != whole.String() {
			t.Fatalf("in pieces of %d:\n%s\nwhole:\n%s", int(size)+1, got, whole)
		}
	})
}

// FuzzGap puts a hole into a conversation: nothing breaks, and limits hold.
func FuzzGap(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, request, response []byte, at uint8) {
		p := Protocol{}.Open(new(app.Pool)).(*parser)
		for dir, data := range [][]byte{request, response} {
			cut := min(int(at), len(data))
			for i, part := range [][]byte{data[:cut], data[cut:]} {
				p.Parse(&app.Input{Dir: flow.Direction(dir), Data: part, Gap: uint32(i * int(at)), Stream: true})
				new(told).check(t, p)
			}
		}
		p.Close()
	})
}
