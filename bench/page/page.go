// Package page reads the pages of docs/deploy as a reader would who types what they
// say: tests run the commands of a page, and write its files, so that no page
// can be wrong for long.
//
// A fenced block whose info string names a host is to be followed on that host:
//
//	```sh host=leaf1                       commands for a shell
//	```toml host=vxwall file=/etc/x.toml   the text of a file
//
// Blocks without a host are for the eye alone: output, pictures.
package page

import (
	"fmt"
	"os"
	"strings"
)

// Block is a fenced block of a page that is to be followed.
type Block struct {
	Language string // "sh" for commands
	Host     string // where
	File     string // of which file it is the text; empty for commands
	Text     string
	Line     int // of the page, of the block's first line of text
}

// Read returns the blocks of a page that name a host, in order.
func Read(path string) ([]Block, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read page: %w", err)
	}
	blocks, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("read page %s: %w", path, err)
	}
	return blocks, nil
}

const fence = "```"

// Parse is Read for a page's text.
func Parse(text string) (blocks []Block, err error) {
	var open *Block
	for i, line := range strings.Split(text, "\n") {
		info, isFence := strings.CutPrefix(line, fence)
		switch {
		case !isFence && open != nil:
			open.Text += line + "\n"
		case !isFence:
		case open == nil:
			if open, err = begin(info); err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			open.Line = i + 2
		default:
			if open.Host != "" {
				blocks = append(blocks, *open)
			}
			open = nil
		}
	}
	if open != nil {
		return nil, fmt.Errorf("line %d: a block that does not end", open.Line-1)
	}
	return blocks, nil
}

// begin reads the info string of a block.
func begin(info string) (*Block, error) {
	b := &Block{}
	for i, word := range strings.Fields(info) {
		key, value, isPair := strings.Cut(word, "=")
		switch {
		case i == 0:
			b.Language = word
		case isPair && key == "host" && value != "":
			b.Host = value
		case isPair && key == "file" && value != "":
			b.File = value
		default:
			return nil, fmt.Errorf("%q of a block's first line is none of host=NAME, file=PATH", word)
		}
	}
	if b.Host == "" && b.File != "" {
		return nil, fmt.Errorf("file %s belongs to no host", b.File)
	}
	return b, nil
}

// Select returns the blocks of one host.
func Select(blocks []Block, host string) (of []Block) {
	for _, b := range blocks {
		if b.Host == host {
			of = append(of, b)
		}
	}
	return of
}
