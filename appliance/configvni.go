package appliance

import (
	"fmt"
	"strconv"
	"strings"

	"vxwall/appliance/link/afxdp"
	"vxwall/rules"
)

// maxVNI is the largest VXLAN network identifier: 24 bits (RFC 7348 section 5).
const maxVNI = 1<<24 - 1

// checkVNIs checks the [[vni]] tables.
func (c *Config) checkVNIs() []KeyError {
	seen := vniTables{}
	var errs []KeyError
	for i := range c.VNI {
		errs = append(errs, seen.add(&c.VNI[i], i)...)
	}
	return errs
}

// vniTables says which of the [[vni]] tables names a VNI.
type vniTables map[uint32]int

// add checks table number i.
func (v vniTables) add(table *VNIConfig, i int) (errs []KeyError) {
	wrong := func(key, format string, args ...any) {
		errs = append(errs, KeyError{fmt.Sprintf("vni.%d%s", i, key), fmt.Sprintf(format, args...)})
	}
	switch _, ok := fallbacks[table.OnDeath]; {
	case table.OnDeath == "":
		wrong(".on_death", "missing (expected drop or relay)")
	case !ok:
		wrong(".on_death", "%q is none of drop, relay", table.OnDeath)
	}
	if len(table.ID) == 0 {
		wrong(".id", `missing (expected VNIs, such as [100, "200-299"])`)
	}
	for n, id := range table.ID {
		r, err := parseVNIs(id)
		if err == nil {
			err = v.claim(r, i)
		}
		if err != nil {
			wrong(fmt.Sprintf(".id.%d", n), "%v", err)
		}
	}
	return errs
}

// claim notes that a table names VNIs, or returns why it must not.
func (v vniTables) claim(r rules.Range, table int) error {
	if len(v)+int(r.Hi-r.Lo)+1 > afxdp.MaxVNIs {
		return fmt.Errorf("more than %d VNIs in all [[vni]] tables", afxdp.MaxVNIs)
	}
	for id := r.Lo; id <= r.Hi; id++ {
		if first, taken := v[id]; taken {
			return fmt.Errorf("VNI %d stands in [[vni]] table %d already", id, first+1)
		}
		v[id] = table
	}
	return nil
}

// parseVNIs reads an ID of a [[vni]] table.
func parseVNIs(id any) (rules.Range, error) {
	switch id := id.(type) {
	case int64:
		if id >= 0 && id <= maxVNI {
			return rules.Range{Lo: uint32(id), Hi: uint32(id)}, nil
		}
	case string:
		from, to, isRange := strings.Cut(id, "-")
		if !isRange {
			to = from
		}
		lo, errLo := strconv.ParseUint(from, 10, 24)
		hi, errHi := strconv.ParseUint(to, 10, 24)
		if errLo == nil && errHi == nil && lo <= hi {
			return rules.Range{Lo: uint32(lo), Hi: uint32(hi)}, nil
		}
	}
	return rules.Range{}, fmt.Errorf(`%v is no VNI of 0 to %d, nor a range such as "200-299"`, quoted(id), maxVNI)
}

func quoted(id any) string {
	if text, ok := id.(string); ok {
		return strconv.Quote(text)
	}
	return fmt.Sprint(id)
}

// onDeath expands the [[vni]] tables of a configuration that passed Check.
func (c *Config) onDeath() map[uint32]afxdp.Fallback {
	of := map[uint32]afxdp.Fallback{}
	for _, table := range c.VNI {
		for _, id := range table.ID {
			r, _ := parseVNIs(id)
			for vni := r.Lo; vni <= r.Hi; vni++ {
				of[vni] = fallbacks[table.OnDeath]
			}
		}
	}
	return of
}
