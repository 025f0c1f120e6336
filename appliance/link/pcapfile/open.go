package pcapfile

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Options says which files a link uses.
type Options struct {
	In      string // capture to read, "-" is standard input
	Out     string // capture of what is forwarded, "-" is standard output, "" is none
	Answers string // capture of the answers that the pipeline made, likewise
}

const acceptedFiles = "accepted: pcap, pcapng, either may be gzip-compressed"

// Open opens the input and creates the outputs.
func Open(opts Options) (*Queue, error) {
	s, err := openSource(opts.In)
	if err != nil {
		return nil, err
	}
	q, err := newQueue(s)
	if err == nil {
		err = q.create(opts)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return q, nil
}

// newQueue finds out what kind of capture a source has.
func newQueue(s *source) (*Queue, error) {
	r, compressed, err := s.decompressed()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", s.name, err)
	}
	q := &Queue{source: s, window: newWindow(r), compressed: compressed}
	if err := q.begin(); err != nil {
		return nil, fmt.Errorf("open %s: %w", s.name, err)
	}
	return q, nil
}

// begin reads the header of the file or of its first section.
func (q *Queue) begin() error {
	w := q.window
	if err := w.fill(4); err != nil && !atEnd(err) {
		return err
	}
	switch start := w.bytes(); {
	case len(start) == 0:
		return fmt.Errorf("not a capture file: it is empty (%s)", acceptedFiles)
	case len(start) >= 4 && isPcap(start):
		return q.beginPcap()
	case len(start) >= 4 && isPcapng(start):
		return q.beginPcapng()
	default:
		return fmt.Errorf("not a capture file: begins with %q (%s)", start[:min(len(start), 16)], acceptedFiles)
	}
}

func (q *Queue) beginPcap() error {
	if err := q.window.fill(pcapHeader); err != nil {
		return q.short("the file header", pcapHeader)
	}
	f, err := newPcap(q.window.bytes())
	if err != nil {
		return err
	}
	q.format = f
	q.accept(q.window.bytes()[:pcapHeader])
	return nil
}

func (q *Queue) beginPcapng() error {
	f, r := new(pcapng), new(record)
	q.format = f
	for {
		here := q.window.bytes()
		n, err := f.parse(here, r)
		if err != nil {
			return err
		}
		if n <= len(here) {
			break
		}
		if err := q.window.fill(n); err != nil {
			return q.short("the section header", n)
		}
	}
	q.accept(r.raw)
	return f.apply(q.header)
}

// accept takes the header that every output begins with, too.
func (q *Queue) accept(header []byte) {
	q.header = append(q.header, header...)
	q.window.take(len(header))
}

// short is the error for a capture that ends before the n bytes of something.
func (q *Queue) short(what string, n int) error {
	if err := q.window.err; !atEnd(err) {
		return err
	}
	return fmt.Errorf("file ends inside %s (need %d bytes, %d left)", what, n, len(q.window.bytes()))
}

// atEnd says whether a source has ended. A compressed one that was cut ends
// unexpectedly; that is no news for what ends with it.
func atEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// create creates the outputs.
func (q *Queue) create(opts Options) error {
	var avoid []os.FileInfo
	if info, err := q.source.file.Stat(); err == nil && info.Mode().IsRegular() {
		avoid = append(avoid, info)
	}
	if opts.Out != "" && opts.Answers != "" && resolve(opts.Out) == resolve(opts.Answers) {
		return fmt.Errorf("write %s: it is named for answers, too (expected two files)", opts.Out)
	}
	var err error
	if opts.Out != "" {
		if q.out, err = createOutput(opts.Out, avoid...); err != nil {
			return err
		}
		q.out.write(q.header)
	}
	if opts.Answers != "" {
		if q.answers, err = createOutput(opts.Answers, avoid...); err != nil {
			if q.out != nil {
				q.out.discard()
			}
			return err
		}
		q.answers.write(q.header)
	}
	return nil
}
