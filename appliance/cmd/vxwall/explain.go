package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"vxwall/appliance"
	"vxwall/inspect/segment"
	"vxwall/rules"
)

const explainExamples = `  vxwall explain --rules rules.d --vni 100 --from 10.1.0.5 --to 10.2.0.9 --service tcp/5432
  vxwall explain --rules rules.d --vni 100 --from 10.9.0.7 --to 10.2.0.9 --service tcp/22 --group 17
  vxwall explain --rules rules.d --vni 100 --from 2001:db8:1::5 --to 2001:db8:2::9 --service icmp/echo-request
  vxwall explain --rules rules.d --in vxlan.pcap --packet 63
  vxwall explain --rules rules.d --in vxlan.pcap --packet 63 --json
`

type explainCmd struct {
	ruleFlags

	VNI     *uint32 `group:"A flow:" placeholder:"N" help:"VXLAN network of the flow."`
	From    string  `group:"A flow:" placeholder:"ADDRESS" help:"Who begins it."`
	To      string  `group:"A flow:" placeholder:"ADDRESS" help:"Who is spoken to."`
	Service string  `group:"A flow:" placeholder:"PROTO/PORT" help:"For example tcp/5432, udp/53, icmp/echo-request."`
	Group   string  `group:"A flow:" placeholder:"ID" help:"VXLAN Group Policy ID of the sender (default: 0, none)."`
	ToGroup string  `group:"A flow:" placeholder:"ID" help:"Group of the receiver (default: what a rule asks for)."`
	FromMAC string  `group:"A flow:" name:"from-mac" placeholder:"MAC" help:"MAC address of the sender (default: what a rule asks for)."`
	ToMAC   string  `group:"A flow:" name:"to-mac" placeholder:"MAC" help:"The same of the receiver."`

	In        string  `group:"A packet of a capture:" placeholder:"FILE" help:"Capture, as for replay."`
	Packet    uint64  `group:"A packet of a capture:" placeholder:"N" help:"Number of the packet, from 1."`
	Plain     *uint32 `group:"A packet of a capture:" placeholder:"VNI" help:"The capture is not encapsulated, as for replay."`
	Midstream string  `group:"A packet of a capture:" placeholder:"ACTION" help:"TCP connections whose start is not in the capture: pickup or drop (default: the configuration file's, else pickup)."`

	JSON bool `name:"json" help:"Print the explanation as JSON."`
}

// Run explains a flow or a packet.
func (c *explainCmd) Run(e *env) error {
	if err := c.check(); err != nil {
		return usageError{err}
	}
	cfg, policy, err := c.load(e)
	if err != nil {
		return err
	}
	if c.In == "" {
		q, err := c.query(policy.Set)
		if err != nil {
			return usageError{err}
		}
		return c.print(e, appliance.ExplainFlow(policy, q))
	}
	if err := setMidstream(&cfg, c.Midstream); err != nil {
		return err
	}
	explanation, err := appliance.ExplainPacket(&appliance.Replay{
		Config: cfg, Policy: policy, In: c.In, Plain: c.Plain, Context: e.ctx,
	}, c.Packet)
	if err != nil {
		return err
	}
	return c.print(e, explanation)
}

func (c *explainCmd) print(e *env, x *appliance.Explanation) error {
	if !c.JSON {
		return x.WriteText(e.stdout)
	}
	enc := json.NewEncoder(e.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(x)
}

// check says whether the flags ask for one flow or one packet.
func (c *explainCmd) check() error {
	flow := c.VNI != nil || c.From+c.To+c.Service+c.Group+c.ToGroup+c.FromMAC+c.ToMAC != ""
	switch {
	case c.In == "" && c.Packet != 0:
		return errors.New("--packet needs --in, the capture that has the packet")
	case c.In == "" && c.Plain != nil:
		return errors.New("--plain needs --in, the capture that is not encapsulated")
	case c.In != "" && flow:
		return errors.New("--in explains a packet of a capture; --vni, --from, --to, --service … explain a flow: use one of them")
	case c.In != "" && c.Packet == 0:
		return errors.New("--in needs --packet, the number of the packet from 1")
	case c.In != "":
		return checkVNI(c.Plain)
	case c.VNI == nil || c.From == "" || c.To == "" || c.Service == "":
		return errors.New("want --vni, --from, --to and --service for a flow, or --in and --packet for a packet")
	}
	return checkVNI(c.VNI)
}

// query is the flow that the flags describe.
func (c *explainCmd) query(set *rules.Set) (q segment.Query, err error) {
	from, errFrom := parseAddr("--from", c.From)
	to, errTo := parseAddr("--to", c.To)
	if err := errors.Join(errFrom, errTo); err != nil {
		return q, err
	}
	if from.Is4() != to.Is4() {
		return q, fmt.Errorf("--from %v and --to %v: want two addresses of one family", from, to)
	}
	q = segment.Query{VNI: *c.VNI}
	if q.Service, err = servicePoint(set, c.Service, from.Is6()); err != nil {
		return q, fmt.Errorf("--service: %w", err)
	}
	q.From.Addr, q.To.Addr = from.As16(), to.As16()
	err = errors.Join(
		setMAC(&q.From, "--from-mac", c.FromMAC), setGroup(&q.From, "--group", c.Group),
		setMAC(&q.To, "--to-mac", c.ToMAC), setGroup(&q.To, "--to-group", c.ToGroup))
	q.From.AnyGroup = false // every packet shows the sender's group, 0 without one
	return q, err
}

// servicePoint reads a service: a literal, or the name of a service of the
// policy that is one port or type.
func servicePoint(set *rules.Set, text string, six bool) (uint32, error) {
	for i := range set.Services {
		if s := &set.Services[i]; s.Name == text {
			return onlyPoint(s, six)
		}
	}
	return rules.ServicePoint(text, six)
}

func onlyPoint(s *rules.Service, six bool) (uint32, error) {
	var points []uint32
	for _, m := range s.Match {
		point, err := rules.ServicePoint(rules.ServiceText(m.Lo), six)
		if err == nil && (m.Lo == m.Hi || isICMPType(m)) {
			points = append(points, point)
		}
	}
	if len(points) != 1 {
		return 0, fmt.Errorf("service %q is not one port or type: name one, such as tcp/5432", s.Name)
	}
	return points[0], nil
}

func parseAddr(flag, text string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return addr, fmt.Errorf("%s: bad address %q: want one such as 10.1.0.5 or 2001:db8::5", flag, text)
	}
	return addr.Unmap(), nil
}

// isICMPType says whether a match is one ICMP type with all its codes.
func isICMPType(m rules.Match) bool {
	proto := m.Lo >> 16
	return (proto == 1 || proto == 58) && m.Lo>>8 == m.Hi>>8
}

// setMAC sets the MAC address of an end; an empty one is left open.
func setMAC(e *segment.Endpoint, flag, text string) error {
	if e.AnyMAC = text == ""; e.AnyMAC {
		return nil
	}
	mac, err := net.ParseMAC(text)
	if err != nil || len(mac) != len(e.MAC) {
		return fmt.Errorf("%s: bad MAC address %q: want six bytes such as 02:00:00:00:01:0b", flag, text)
	}
	e.MAC = [6]byte(mac)
	return nil
}

// setGroup sets the group of an end; an empty one is left open.
func setGroup(e *segment.Endpoint, flag, text string) error {
	if e.AnyGroup = text == ""; e.AnyGroup {
		return nil
	}
	group, err := strconv.ParseUint(text, 0, 16)
	if err != nil {
		return fmt.Errorf("%s: bad group %q: want 0 to 65535", flag, text)
	}
	e.Group = uint16(group)
	return nil
}
