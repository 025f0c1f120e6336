package unpack

import "bytes"

var dataURI = []byte(";base64,")

// openHTML shows what stands in data: addresses.
func openHTML(w *walker, b box) error {
	for in := b.data; ; {
		i := bytes.Index(in, dataURI)
		if i < 0 {
			return nil
		}
		in = in[i+len(dataURI):]
		end := bytes.IndexAny(in, "\"'<>)")
		if end < 0 {
			end = len(in)
		}
		if err := w.show(b, Member{Packed: int64(end), Claimed: -1}, base64Reader(in[:end])); err != nil {
			return err
		}
		in = in[end:]
	}
}
