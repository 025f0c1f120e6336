package top

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"vxwall/appliance/admin"
)

// Filter says which flows and drops are wanted. The zero value wants all.
type Filter struct {
	HasVNI  bool
	VNI     uint32
	Host    netip.Prefix // of either end; the zero prefix for any
	Segment string       // of either end
	Denied  bool
	All     bool // also flows that are silent
}

// ParseFilter reads a filter as a person writes it: words in any order.
func ParseFilter(text string) (f Filter, err error) {
	var errs []error
	for _, word := range strings.Fields(text) {
		for _, prefix := range []string{"vni=", "host=", "segment="} {
			word = strings.TrimPrefix(word, prefix)
		}
		errs = append(errs, f.add(word))
	}
	return f, errors.Join(errs...)
}

const mostVNI = 1<<24 - 1

func (f *Filter) add(word string) error {
	if n, err := strconv.ParseUint(word, 10, 64); err == nil {
		if n > mostVNI {
			return fmt.Errorf("VNI %s is not within 0 to %d", word, mostVNI)
		}
		f.HasVNI, f.VNI = true, uint32(n)
		return nil
	}
	if addr, err := netip.ParseAddr(word); err == nil {
		addr = addr.Unmap().WithZone("")
		f.Host = netip.PrefixFrom(addr, addr.BitLen())
		return nil
	}
	if prefix, err := netip.ParsePrefix(word); err == nil {
		f.Host = prefix.Masked()
		return nil
	}
	switch word {
	case "denied":
		f.Denied = true
	case "all":
		f.All = true
	default:
		if strings.ContainsAny(word, "/:") {
			return fmt.Errorf("%q is no address or prefix", word)
		}
		f.Segment = word
	}
	return nil
}

// String writes it so that ParseFilter reads it again.
func (f Filter) String() string {
	var words []string
	if f.HasVNI {
		words = append(words, strconv.FormatUint(uint64(f.VNI), 10))
	}
	switch {
	case f.Host.IsValid() && f.Host.IsSingleIP():
		words = append(words, f.Host.Addr().String())
	case f.Host.IsValid():
		words = append(words, f.Host.String())
	}
	if f.Segment != "" {
		words = append(words, f.Segment)
	}
	if f.Denied {
		words = append(words, "denied")
	}
	if f.All {
		words = append(words, "all")
	}
	return strings.Join(words, " ")
}

func (f *Filter) query() admin.FlowQuery {
	q := admin.FlowQuery{Segment: f.Segment, Denied: f.Denied}
	if f.HasVNI {
		q.VNI = &f.VNI
	}
	if f.Host.IsValid() {
		q.Host = f.Host.String()
	}
	return q
}

// takes says whether a drop is wanted.
func (f *Filter) takes(d *admin.Drop) bool {
	if f.HasVNI && d.VNI != f.VNI || f.Segment != "" && f.Segment != d.FromSegment && f.Segment != d.ToSegment {
		return false
	}
	return !f.Host.IsValid() || f.hosts(d.Src) || f.hosts(d.Dst)
}

func (f *Filter) hosts(text string) bool {
	addr, err := netip.ParseAddr(text)
	return err == nil && f.Host.Contains(addr)
}
