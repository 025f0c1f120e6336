package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"vxwall/appliance/admin"
)

const bindingsExamples = `  vxwall bindings                        who is behind which VTEP, as the guard knows it
  vxwall bindings --vni 100
  vxwall bindings --host 10.1.0.5 --json
  vxwall bindings --vni 100 --forget 02:00:00:00:00:01   a workload, or its IP address: it may be elsewhere
  vxwall bindings --forget 192.0.2.1     a VTEP, at which port it is and who is behind it
`

type bindingsCmd struct {
	adminFlags
	VNI    *uint32 `placeholder:"N" help:"Of this VXLAN network."`
	Host   string  `placeholder:"ADDRESS" help:"A MAC address, an IP address of a workload or of a VTEP."`
	Limit  int     `default:"1000" placeholder:"N" help:"At most so many (default: 1000)."`
	Forget string  `placeholder:"ADDRESS" help:"Forget where it is: a MAC or IP address of --vni; without --vni a VTEP."`
}

// Run prints what the guard knows, or has it forget something.
func (c *bindingsCmd) Run(e *env) error {
	if err := c.check(); err != nil {
		return usageError{err}
	}
	client, err := c.client(e)
	if err != nil {
		return err
	}
	if c.Forget != "" {
		f, err := client.Forget(e.ctx, &admin.BindingQuery{VNI: c.VNI, Host: c.Forget})
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(e, &f)
		}
		_, err = fmt.Fprintf(e.stdout, "%s forgotten\n", count(f.Forgotten, "binding"))
		return err
	}
	b, err := client.Bindings(e.ctx, &admin.BindingQuery{Limit: c.Limit, VNI: c.VNI, Host: c.Host})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e, &b)
	}
	_, err = e.stdout.Write(bindingsText(&b))
	return err
}

func (c *bindingsCmd) check() error {
	switch {
	case c.Limit < 1 || c.Limit > admin.MaxBindings:
		return fmt.Errorf("--limit: %d is not within 1 to %d", c.Limit, admin.MaxBindings)
	case c.Forget != "" && c.Host != "":
		return errors.New("--host lists, --forget forgets: use one of them")
	case c.VNI == nil && strings.Count(c.Forget, ":") == 5 && !strings.Contains(c.Forget, "::"):
		return fmt.Errorf("--forget %s needs --vni, the network of the MAC address", c.Forget)
	case c.VNI != nil && *c.VNI >= 1<<24:
		return fmt.Errorf("VNI %d: want 0 to %d", *c.VNI, 1<<24-1)
	}
	return nil
}

// bindingsText writes bindings for people.
func bindingsText(b *admin.Bindings) []byte {
	var out bytes.Buffer
	for i := range b.Bindings {
		writeBinding(&out, &b.Bindings[i])
	}
	fmt.Fprintf(&out, "mode %s, MAC addresses: %s", b.Mode, grouped(b.Matching))
	if len(b.Bindings) < b.Matching {
		fmt.Fprintf(&out, ", %s shown (--limit shows more)", grouped(len(b.Bindings)))
	}
	out.WriteByte('\n')
	for i := range b.VTEPs {
		v := &b.VTEPs[i]
		fmt.Fprintf(&out, "VTEP %s at port %s\n  %s\n", v.VTEP, v.Port, heardText(&v.Heard))
	}
	return out.Bytes()
}

func writeBinding(out *bytes.Buffer, k *admin.Binding) {
	fmt.Fprintf(out, "vni %d", k.VNI)
	if k.VLAN != "" {
		fmt.Fprintf(out, " vlan %s", k.VLAN)
	}
	fmt.Fprintf(out, " %s", k.MAC)
	if k.VTEP != "" {
		fmt.Fprintf(out, " behind VTEP %s", k.VTEP)
	}
	fmt.Fprintf(out, "\n  %s\n", heardText(&k.Heard))
	if len(k.Addresses) > 0 {
		out.WriteString(wrap("  ", addressList(k.Addresses)))
	}
}

// maxListed is how many addresses of a workload are printed.
const maxListed = 16

func addressList(list []string) string {
	if len(list) > maxListed {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:maxListed], " "), len(list)-maxListed)
	}
	return strings.Join(list, " ")
}

func heardText(h *admin.Heard) string {
	if h.Source == admin.FromConfig {
		return h.Source
	}
	text := fmt.Sprintf("known for %s, idle %s", lasted(h.Age), lasted(h.Idle))
	if h.Moves > 0 {
		text += ", " + count(h.Moves, "move") + " of late"
	}
	return text
}
