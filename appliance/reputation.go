package appliance

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/gaissmai/bart"
)

// reputations are scores of addresses by category (Suricata's user guide, chapter "IP
// Reputation"). They do not change once read.
type reputations map[string]*bart.Table[uint8]

// score returns the score of an address in a category, as ips.Options asks for it. The
// narrowest prefix counts.
func (r reputations) score(addr netip.Addr, category string) (uint8, bool) {
	table := r[category]
	if table == nil {
		return 0, false
	}
	return table.Lookup(addr)
}

// maxScore is the highest score.
const maxScore = 127

// readReputations reads a file of categories (number,name,description) and files of scores
// (address or prefix,number of the category,score).
func readReputations(categories string, files []string) (reputations, error) {
	names := map[string]string{}
	err := eachLine(categories, func(fields []string) error {
		if len(fields) < 2 {
			return fmt.Errorf("expected number,name,description")
		}
		names[fields[0]] = fields[1]
		return nil
	})
	if err != nil {
		return nil, err
	}
	r := reputations{}
	for _, file := range files {
		if err := eachLine(file, func(fields []string) error { return r.add(names, fields) }); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// add takes a line of scores.
func (r reputations) add(names map[string]string, fields []string) error {
	if len(fields) != 3 {
		return fmt.Errorf("expected address,category,score")
	}
	prefix, err := parsePrefix(fields[0])
	if err != nil {
		return err
	}
	name, ok := names[fields[1]]
	if !ok {
		return fmt.Errorf("category %q is not in the file of categories", fields[1])
	}
	score, err := strconv.ParseUint(fields[2], 10, 8)
	if err != nil || score > maxScore {
		return fmt.Errorf("score %q: expected 0 to %d", fields[2], maxScore)
	}
	if r[name] == nil {
		r[name] = new(bart.Table[uint8])
	}
	r[name].Insert(prefix, uint8(score))
	return nil
}

// parsePrefix reads a prefix, or an address as the prefix of it alone.
func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		p, err := netip.ParsePrefix(text)
		return p.Masked(), err
	}
	addr, err := netip.ParseAddr(text)
	return netip.PrefixFrom(addr, addr.BitLen()), err
}

// eachLine calls f with the comma-separated fields of each line that says something. An
// error names the file and the line.
func eachLine(path string, f func(fields []string) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read reputation: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Split(line, ",")
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		if err := f(fields); err != nil {
			return fmt.Errorf("read reputation %s: line %d: %w", path, n, err)
		}
	}
	return lines.Err()
}
