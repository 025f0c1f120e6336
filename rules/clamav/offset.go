package clamav

import (
	"fmt"
	"strconv"
	"strings"
)

// Place is what an offset counts from.
type Place uint8

// The places.
const (
	Anywhere Place = iota
	FromStart
	FromEnd        // Offset.At is how far before the end
	FromEntryPoint // of a program
	FromSection    // the beginning of section Offset.Section
	FromLast       // the beginning of the last section
	InSection      // anywhere in section Offset.Section
)

// Offset is where a pattern begins.
type Offset struct {
	Place   Place
	At      int64
	Shift   int64 // it may be so much further
	Section int
}

// maxOffset bounds what is counted with.
const maxOffset = 1 << 40

// parseOffset reads an offset: "*", "10", "10,5", "EOF-10", "EP+4", "S1+0", "SL+0", "SE2".
func parseOffset(text string) (o Offset, err error) {
	if text == "*" || text == "" {
		return o, nil
	}
	place, shift, shifted := strings.Cut(text, ",")
	if shifted {
		if o.Shift, err = parseNumber(shift); err != nil {
			return o, fmt.Errorf("bad offset %q: %w", text, err)
		}
	}
	var number string
	switch {
	case strings.HasPrefix(place, "EOF-"):
		o.Place, number = FromEnd, place[4:]
	case strings.HasPrefix(place, "EP+"), strings.HasPrefix(place, "EP-"):
		o.Place, number = FromEntryPoint, place[2:]
	case strings.HasPrefix(place, "SL+"):
		o.Place, number = FromLast, place[3:]
	case strings.HasPrefix(place, "SE"):
		o.Place = InSection
		o.Section, err = parseSection(place[2:])
		return o, err
	case strings.HasPrefix(place, "S"):
		section, rest, found := strings.Cut(place[1:], "+")
		if !found {
			return o, fmt.Errorf("bad offset %q: expected one such as S1+0", text)
		}
		o.Place, number = FromSection, rest
		if o.Section, err = parseSection(section); err != nil {
			return o, err
		}
	case place == "VI" || strings.HasPrefix(place, "$"):
		return o, fmt.Errorf("offset %q is not supported", text)
	default:
		o.Place, number = FromStart, place
	}
	negative := strings.HasPrefix(number, "-")
	number = strings.TrimLeft(number, "+-")
	if o.At, err = parseNumber(number); err != nil {
		return o, fmt.Errorf("bad offset %q: %w", text, err)
	}
	if negative {
		o.At = -o.At
	}
	return o, nil
}

func parseSection(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 7)
	if err != nil {
		return 0, fmt.Errorf("bad section %q: expected a number below 128", text)
	}
	return int(n), nil
}

// parseNumber reads a number that is not negative.
func parseNumber(text string) (int64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || n > maxOffset {
		return 0, fmt.Errorf("%q is no number up to %d", text, int64(maxOffset))
	}
	return int64(n), nil
}

// parseRange reads a range such as "10-20", or one number.
func parseRange(text string) (*Range, error) {
	first, last, both := strings.Cut(text, "-")
	if !both {
		last = first
	}
	r := &Range{}
	var err error
	if r.First, err = parseNumber(first); err != nil {
		return nil, err
	}
	if r.Last, err = parseNumber(last); err != nil {
		return nil, err
	}
	return r, nil
}
