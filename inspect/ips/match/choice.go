package match

import "math/bits"

// choice knows how common grams are: in the patterns themselves, since patterns
// with the same gram are all compared, and in traffic.
type choice struct {
	counts []uint32 // by hash
	shift  uint32
}

// weight is how much worse a gram of common traffic is than one that another pattern has.
const weight = 64

// common is what much traffic is made of. Its grams are avoided.
const common = "GET / HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 " +
	"(KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n" +
	"Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\nConnection: keep-alive\r\nReferer: http://www.example.com/index.php\r\n" +
	"Cookie: PHPSESSID=0000; path=/\r\nContent-Type: application/x-www-form-urlencoded; charset=utf-8\r\nContent-Length: 10000\r\n\r\n" +
	"POST /index.html HTTP/1.0 200 OK\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nServer: Apache/2.4 (Unix) nginx\r\nLast-Modified: Tue, \r\n" +
	"ETag: \"\r\nCache-Control: no-cache, max-age=0\r\nTransfer-Encoding: chunked\r\nVary: Accept-Encoding\r\nExpires: \r\nPragma: \r\nX-Powered-By: PHP/\r\n" +
	"<!DOCTYPE html><html><head><title></title><meta http-equiv=\"Content-Type\" content=\"text/html\"><script type=\"text/javascript\" src=\"" +
	"</script><link rel=\"stylesheet\" href=\"https://</head><body><div class=\"<div id=\"</div><p></p><a href=\"/</a></body></html>" +
	"function() { var return document. window. .net .org .com.php?id=.js .exe .jpg .png  the and for that with \r\n\r\n        \x00\x00\x00\x00\x00\x00\xff\xff\xff\xff"

// gramSize is the size of the grams that are counted.
const gramSize = 4

func (m *Matcher) newChoice(patterns []uint32) *choice {
	total := 0
	for _, n := range patterns {
		total += int(m.pats[n].size)
	}
	width := min(max(bits.Len(uint(total*2)), 10), 22)
	c := &choice{counts: make([]uint32, 1<<width), shift: uint32(32 - width)}
	c.count([]byte(common), weight)
	for _, n := range patterns {
		c.count(m.bytesOf(n), 1)
	}
	return c
}

func (c *choice) at(b []byte) *uint32 { return &c.counts[uint32(load(b, gramSize))*mulFilter>>c.shift] }

func (c *choice) count(b []byte, n uint32) {
	for i := 0; i+gramSize <= len(b); i++ {
		*c.at(b[i:]) += n
	}
}

// rarest returns the place in a long pattern where the three grams of a core are rarest: with a byte behind
// them, if the pattern has one more.
func (c *choice) rarest(b []byte) int {
	best, least := 0, ^uint32(0)
	for at := 0; at+min(len(b), longCore+1) <= len(b); at++ {
		sum := *c.at(b[at:]) + *c.at(b[at+1:]) + *c.at(b[at+2:])
		if sum < least {
			best, least = at, sum
		}
	}
	return best
}

// fittest returns the place in a long pattern of the core that nibbles need fewest more bits for, and whose first bytes are rarest.
func (c *choice) fittest(b []byte, f *nibbles) int {
	best, least := 0, ^uint32(0)
	for at := 0; at+longCore <= len(b); at++ {
		if sum := *c.at(b[at:]) + f.clear(b[at:])*weight/4; sum < least {
			best, least = at, sum
		}
	}
	return best
}
