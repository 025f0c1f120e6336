package unpack

import (
	"bytes"
	"io"
	"strconv"
)

// openPDF shows the streams of a PDF, wherever they stand: its table of objects
// is not needed to find them, and it may lie. Objects in object streams have no
// streams of their own, and show as their text.
func openPDF(w *walker, b box) error {
	locked := bytes.Contains(b.data, []byte("/Encrypt"))
	for at := 0; ; {
		i := bytes.Index(b.data[at:], []byte("stream"))
		if i < 0 {
			break
		}
		start := at + i
		at = start + len("stream")
		if start >= 3 && string(b.data[start-3:start]) == "end" {
			continue
		}
		dict := pdfDict(b.data[:start])
		if dict == nil {
			continue
		}
		body := pdfBody(dict, b.data[at:])
		at += len(body)
		if err := w.inTime(); err != nil {
			return err
		}
		m := Member{Packed: int64(len(body)), Claimed: -1}
		if err := w.show(b, m, pdfReader(w, dict, body)); err != nil {
			return err
		}
	}
	if locked {
		return errEncrypted
	}
	return nil
}

// pdfMostDict is how far before its stream a dictionary may begin.
const pdfMostDict = 4096

// pdfDict is the dictionary that ends before a stream: from the object's
// beginning, or as far back as we look.
func pdfDict(before []byte) []byte {
	before = bytes.TrimRight(before[max(0, len(before)-pdfMostDict):], " \t\r\n\x00\f")
	if !bytes.HasSuffix(before, []byte(">>")) {
		return nil
	}
	if i := bytes.LastIndex(before, []byte("obj")); i >= 0 {
		before = before[i:]
	}
	return before
}

// pdfBody is the bytes of a stream: as many as its dictionary says if the end
// mark follows them, and up to the next end mark if not.
func pdfBody(dict, in []byte) []byte {
	if len(in) > 0 && in[0] == '\r' {
		in = in[1:]
	}
	if len(in) > 0 && in[0] == '\n' {
		in = in[1:]
	}
	if n := pdfLength(dict); n >= 0 && n <= len(in) {
		after := bytes.TrimLeft(in[n:min(len(in), n+16)], " \t\r\n")
		if bytes.HasPrefix(after, []byte("endstream")) {
			return in[:n]
		}
	}
	i := bytes.Index(in, []byte("endstream"))
	if i < 0 {
		return in
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(in[:i], []byte("\n")), []byte("\r"))
}

// pdfLength is the number after /Length; -1 if there is none, and some other
// number if it is that of an object which holds the length.
func pdfLength(dict []byte) int {
	i := bytes.Index(dict, []byte("/Length"))
	if i < 0 {
		return -1
	}
	rest := bytes.TrimLeft(dict[i+len("/Length"):], " \t\r\n")
	end := 0
	for end < len(rest) && end < 10 && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(string(rest[:end]))
	if err != nil {
		return -1
	}
	return n
}

// pdfMostFilters is how many filters may stand one on the other.
const pdfMostFilters = 8

// pdfReader undoes the filters of a stream. Those of images stay: no program is
// in what they give.
func pdfReader(w *walker, dict, body []byte) io.Reader {
	names := pdfFilters(dict)
	if len(names) > pdfMostFilters {
		return failing{errFormat}
	}
	var r io.Reader
	for i, name := range names {
		next := pdfFilter(w, name, body)
		if next == nil {
			break
		}
		if r = next; i == len(names)-1 {
			break
		}
		// The next filter works on what this one gives.
		most := int64(w.room() / 4)
		var out []byte
		err := w.guard(func() (err error) {
			out, err = io.ReadAll(io.LimitReader(r, most+1))
			return err
		})
		w.res.Size += int64(len(out))
		switch {
		case int64(len(out)) > most:
			return failing{LimitMemory}
		case w.res.Size > w.lim.Size:
			return failing{LimitSize}
		case err != nil && len(out) == 0:
			return failing{err}
		}
		body, r = out, nil
	}
	if r == nil {
		return bytes.NewReader(body)
	}
	return r
}

// pdfFilters are the names after /Filter.
func pdfFilters(dict []byte) (names []string) {
	dict = pdfPlain(dict)
	i := bytes.Index(dict, []byte("/Filter"))
	if i < 0 {
		return nil
	}
	rest := bytes.TrimLeft(dict[i+len("/Filter"):], " \t\r\n")
	list := bytes.HasPrefix(rest, []byte("["))
	rest = bytes.TrimLeft(rest, "[ \t\r\n")
	for len(rest) > 0 && rest[0] == '/' {
		rest = rest[1:]
		end := bytes.IndexAny(rest, "/[]<> \t\r\n")
		if end < 0 {
			end = len(rest)
		}
		names = append(names, string(rest[:end]))
		rest = bytes.TrimLeft(rest[end:], " \t\r\n")
		if !list {
			break
		}
	}
	return names
}

// pdfPlain undoes #XX in names, which hides them from a careless reader.
func pdfPlain(dict []byte) []byte {
	if bytes.IndexByte(dict, '#') < 0 {
		return dict
	}
	out := make([]byte, 0, len(dict))
	for i := 0; i < len(dict); i++ {
		c := dict[i]
		if c == '#' && i+2 < len(dict) && hexDigit(dict[i+1]) < 16 && hexDigit(dict[i+2]) < 16 {
			c = hexDigit(dict[i+1])<<4 | hexDigit(dict[i+2])
			i += 2
		}
		out = append(out, c)
	}
	return out
}

func pdfFilter(w *walker, name string, body []byte) io.Reader {
	switch name {
	case "FlateDecode", "Fl":
		return pdfFlate(body)
	case "ASCIIHexDecode", "AHx":
		return hexReader(body)
	case "ASCII85Decode", "A85":
		return ascii85Reader(bytes.TrimPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("<~")))
	case "LZWDecode", "LZW":
		return &lzw{in: bitsHigh{in: body}}
	case "RunLengthDecode", "RL":
		return w.windowed(&runLength{in: body}, 128)
	}
	return nil
}

// pdfFlate reads zlib, or DEFLATE where the two bytes before it are damaged: PDF
// readers open that too.
func pdfFlate(body []byte) io.Reader {
	if len(body) >= 2 && body[0]&15 == 8 && (int(body[0])<<8|int(body[1]))%31 == 0 {
		return inflater(body[2:])
	}
	return inflater(body)
}

// runLength decodes PDF's runs.
type runLength struct{ in []byte }

func (r *runLength) fill(w *window) error {
	if len(r.in) < 2 || r.in[0] == 128 {
		return io.EOF
	}
	n := int(r.in[0])
	if n < 128 {
		body := r.in[1:min(len(r.in), n+2)]
		w.write(body)
		r.in = r.in[1+len(body):]
		return nil
	}
	for range 257 - n {
		w.put(r.in[1])
	}
	r.in = r.in[2:]
	return nil
}
