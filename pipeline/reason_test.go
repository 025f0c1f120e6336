package pipeline_test

import (
	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// refusal is one way to make the pipeline drop a frame: the last of frames.
type refusal struct {
	reason  pipeline.Reason
	stage   string
	frames  [][]byte
	config  func(*pipeline.Config)
	stages  []pipeline.Stage
	missing bool // no policy is published
}

func v100(layers ...pt.Layer) []byte {
	return pt.Frame(append([]pt.Layer{pt.VXLAN{VNI: 100}, pt.Eth{}}, layers...)...)
}

// v100back is v100 from the other end.
func v100back(layers ...pt.Layer) []byte {
	return pt.Frame(append([]pt.Layer{pt.VXLAN{VNI: 100, Back: true}, pt.Eth{Src: pt.MACb, Dst: pt.MACa}}, layers...)...)
}

// back is the IPv4 header of what v100back carries.
var back = pt.IPv4{Src: "10.2.0.9", Dst: "10.1.0.5"}

func one(frame []byte) [][]byte { return [][]byte{frame} }

func outerRefusals() map[string]refusal {
	udp := v100(pt.IPv4{}, pt.UDP{Src: 1, Dst: 2}, pt.Payload("x"))
	strict := func(c *pipeline.Config) { c.PassNotVXLAN, c.AcceptReserved, c.AcceptNoChecksum6 = false, false, false }
	return map[string]refusal{
		"underlay ARP":   {reason: pipeline.NotVXLAN, frames: one(pt.Frame(pt.Eth{}, pt.ARP{})), config: strict},
		"underlay TCP":   {reason: pipeline.NotVXLAN, frames: one(pt.Frame(pt.Eth{}, pt.IPv4{}, pt.TCP{Dst: 4789})), config: strict},
		"other port":     {reason: pipeline.NotVXLAN, frames: one(pt.Frame(pt.VXLAN{Port: 4790}, pt.Eth{}, pt.IPv4{}, pt.UDP{})), config: strict},
		"three tags":     {reason: pipeline.NotVXLAN, frames: one(pt.Frame(pt.Eth{}, pt.VLAN{ID: 1}, pt.VLAN{ID: 2}, pt.VLAN{ID: 3}, pt.IPv4{}, pt.UDP{Dst: 4789})), config: strict},
		"empty":          {reason: pipeline.OuterShort, frames: one(nil)},
		"cut in MAC":     {reason: pipeline.OuterShort, frames: one(udp[:13])},
		"cut in IP":      {reason: pipeline.OuterShort, frames: one(udp[:33])},
		"cut in UDP":     {reason: pipeline.OuterShort, frames: one(udp[:41])},
		"cut in payload": {reason: pipeline.OuterShort, frames: one(udp[:len(udp)-1])},
		"outer cut in extension": {reason: pipeline.OuterShort, frames: one(pt.Frame(pt.VXLAN{V6: true, Ext: []pt.Ext{{Proto: 60}}},
			pt.Eth{}, pt.IPv4{}, pt.UDP{})[:14+40+7])},
		"outer version": {reason: pipeline.OuterBadIP, frames: one(pt.Frame(pt.Eth{}, pt.IPv4{Version: 5}, pt.UDP{Dst: 4789}))},
		"outer length":  {reason: pipeline.OuterBadIP, frames: one(pt.Frame(pt.VXLAN{IPLen: 19}, pt.Eth{}, pt.IPv4{}, pt.UDP{}))},
		"outer extensions": {reason: pipeline.OuterBadIP, frames: one(pt.Frame(pt.VXLAN{V6: true, Ext: make([]pt.Ext, 9)},
			pt.Eth{}, pt.IPv4{}, pt.UDP{}))},
		"outer fragment": {reason: pipeline.OuterFragment, frames: one(pt.Frame(pt.Eth{}, pt.IPv4{More: true}, pt.UDP{Dst: 4789}, pt.Zeros(64)))},
		"outer fragment behind extensions": {reason: pipeline.OuterFragment, frames: one(pt.Frame(pt.Eth{}, pt.IPv6{},
			pt.Fragment6{ID: 1, More: true}, pt.Ext{Proto: 60}, pt.UDP{Dst: 4789}, pt.Zeros(64)))},
		"UDP longer than IP": {reason: pipeline.OuterBadUDP, frames: one(pt.Frame(pt.VXLAN{UDPLen: 900}, pt.Eth{}, pt.IPv4{}, pt.UDP{}))},
		"UDP of 7 bytes":     {reason: pipeline.OuterBadUDP, frames: one(pt.Frame(pt.VXLAN{UDPLen: 7}, pt.Eth{}, pt.IPv4{}, pt.UDP{}))},
		"no UDP in IP":       {reason: pipeline.OuterBadUDP, frames: one(pt.Frame(pt.VXLAN{IPLen: 22}, pt.Eth{}, pt.IPv4{}, pt.UDP{}))},
		"IPv6 checksum 0": {reason: pipeline.OuterChecksum, config: strict,
			frames: one(pt.Frame(pt.VXLAN{VNI: 100, V6: true, NoChecksum: true}, pt.Eth{}, pt.IPv4{}, pt.UDP{}))},
		"VXLAN of 7 bytes": {reason: pipeline.VXLANShort, frames: one(pt.Frame(pt.VXLAN{UDPLen: 15}, pt.Eth{}, pt.IPv4{}, pt.UDP{}))},
		"no I bit":         {reason: pipeline.VXLANNoVNI, frames: one(pt.Frame(pt.VXLAN{Flags: 0x80}, pt.Eth{}, pt.IPv4{}, pt.UDP{}))},
		"reserved bit": {reason: pipeline.VXLANReserved, config: strict,
			frames: one(pt.Frame(pt.VXLAN{Flags: 0x48}, pt.Eth{}, pt.IPv4{}, pt.UDP{}))},
		"reserved byte": {reason: pipeline.VXLANReserved, config: strict,
			frames: one(pt.Frame(pt.VXLAN{Reserved: 1}, pt.Eth{}, pt.IPv4{}, pt.UDP{}))},
	}
}

func innerRefusals() map[string]refusal {
	verify := func(c *pipeline.Config) { c.IgnoreChecksums = false }
	routing := pt.Ext{Proto: 43, Body: []byte{0, 1}}
	mapped := "::ffff:10.1.0.5"
	return map[string]refusal{
		"nothing":            {reason: pipeline.InnerShort, frames: one(pt.Frame(pt.VXLAN{}))},
		"cut in MAC":         {reason: pipeline.InnerShort, frames: one(pt.Frame(pt.VXLAN{}, pt.Zeros(13)))},
		"cut in tag":         {reason: pipeline.InnerShort, frames: one(pt.Frame(pt.VXLAN{}, pt.Eth{Type: 0x8100}, pt.Zeros(3)))},
		"no IPv4":            {reason: pipeline.InnerShort, frames: one(pt.Frame(pt.VXLAN{}, pt.Eth{Type: 0x0800}, pt.Zeros(19)))},
		"cut in options":     {reason: pipeline.InnerShort, frames: one(v100(pt.IPv4{HeaderWords: 6, Len: 24}))},
		"cut in IPv6":        {reason: pipeline.InnerShort, frames: one(pt.Frame(pt.VXLAN{}, pt.Eth{Type: 0x86dd}, pt.Zeros(39)))},
		"cut in extension":   {reason: pipeline.InnerShort, frames: one(v100(pt.IPv6{Len: 8, Next: 60}, pt.Zeros(7)))},
		"IPv4 version":       {reason: pipeline.InnerBadIP, frames: one(v100(pt.IPv4{Version: 6}, pt.UDP{}))},
		"IPv6 version":       {reason: pipeline.InnerBadIP, frames: one(v100(pt.IPv6{Version: 4}, pt.UDP{}))},
		"header of 8 bytes":  {reason: pipeline.InnerBadIP, frames: one(v100(pt.IPv4{HeaderWords: 2}, pt.UDP{}))},
		"total below header": {reason: pipeline.InnerBadIP, frames: one(v100(pt.IPv4{Len: 19}, pt.UDP{}))},
		"mapped source":      {reason: pipeline.InnerBadIP, frames: one(v100(pt.IPv6{Src: mapped}, pt.UDP{}))},
		"mapped destination": {reason: pipeline.InnerBadIP, frames: one(v100(pt.IPv6{Dst: mapped}, pt.UDP{}))},
		"IPv4 too long":      {reason: pipeline.InnerTruncated, frames: one(v100(pt.IPv4{Len: 900}, pt.UDP{}))},
		"IPv6 too long":      {reason: pipeline.InnerTruncated, frames: one(v100(pt.IPv6{Len: 900}, pt.UDP{}))},
		"extension too long": {reason: pipeline.InnerExtension, frames: one(v100(pt.IPv6{}, pt.Ext{Proto: 60, Len: 9}, pt.UDP{}))},
		"extension missing":  {reason: pipeline.InnerExtension, frames: one(v100(pt.IPv6{Next: 60}))},
		"source route":       {reason: pipeline.InnerExtension, frames: one(v100(pt.IPv6{}, routing, pt.UDP{}))},
		"nine extensions": {reason: pipeline.ExtensionLimit, frames: one(v100(append(append([]pt.Layer{pt.IPv6{}},
			extensions(9)...), pt.UDP{})...))},
		"TCP of 12 bytes":    {reason: pipeline.InnerTransport, frames: one(v100(pt.IPv4{}, pt.TCP{HeaderWords: 3}))},
		"TCP header in data": {reason: pipeline.InnerTransport, frames: one(v100(pt.IPv4{}, pt.TCP{HeaderWords: 6}))},
		"TCP cut":            {reason: pipeline.InnerTransport, frames: one(v100(pt.IPv4{Proto: 6}, pt.Zeros(19)))},
		"UDP cut":            {reason: pipeline.InnerTransport, frames: one(v100(pt.IPv4{Proto: 17}, pt.Zeros(7)))},
		"UDP too long":       {reason: pipeline.InnerTransport, frames: one(v100(pt.IPv4{}, pt.UDP{Len: 9}))},
		"UDP too short":      {reason: pipeline.InnerTransport, frames: one(v100(pt.IPv4{}, pt.UDP{Len: 7}))},
		"ICMP cut":           {reason: pipeline.InnerTransport, frames: one(v100(pt.IPv4{Proto: 1}, pt.Zeros(7)))},
		"SCTP cut":           {reason: pipeline.InnerTransport, frames: one(v100(pt.IPv4{Proto: 132}, pt.Zeros(11)))},
		"IP checksum":        {reason: pipeline.InnerChecksum, config: verify, frames: one(v100(pt.IPv4{BadChecksum: true}, pt.UDP{}))},
		"TCP checksum":       {reason: pipeline.InnerChecksum, config: verify, frames: one(v100(pt.IPv4{}, pt.TCP{BadChecksum: true}))},
		"UDP checksum":       {reason: pipeline.InnerChecksum, config: verify, frames: one(v100(pt.IPv4{}, pt.UDP{BadChecksum: true}))},
		"UDP no checksum, 6": {reason: pipeline.InnerChecksum, config: verify, frames: one(v100(pt.IPv6{}, pt.UDP{NoChecksum: true}))},
		"ICMP checksum":      {reason: pipeline.InnerChecksum, config: verify, frames: one(v100(pt.IPv4{}, pt.ICMP{Type: 8, BadChecksum: true}))},
		"ICMPv6 checksum":    {reason: pipeline.InnerChecksum, config: verify, frames: one(v100(pt.IPv6{}, pt.ICMP6{Type: 128, BadChecksum: true}))},
		"tag": {reason: pipeline.InnerVLAN, config: func(c *pipeline.Config) { c.VLAN = pipeline.VLANDrop },
			frames: one(v100(pt.VLAN{ID: 1}, pt.IPv4{}, pt.UDP{}))},
	}
}

func extensions(n int) (layers []pt.Layer) {
	for range n {
		layers = append(layers, pt.Ext{Proto: 60})
	}
	return layers
}

func nestedRefusals() map[string]refusal {
	drop := func(c *pipeline.Config) { c.Nested = pipeline.NestedDrop }
	udp := func(port uint16, behind ...pt.Layer) [][]byte {
		return one(v100(append([]pt.Layer{pt.IPv4{}, pt.UDP{Dst: port}}, behind...)...))
	}
	return map[string]refusal{
		"IP in IP":           {reason: pipeline.NestedTunnel, config: drop, frames: one(v100(pt.IPv4{}, pt.IPv4{}, pt.UDP{}))},
		"malformed too":      {reason: pipeline.NestedTunnel, config: drop, frames: udp(4789)},
		"three deep":         {reason: pipeline.NestedDepth, frames: one(v100(pt.IPv4{}, pt.IPv4{}, pt.IPv4{}, pt.IPv4{}, pt.UDP{}))},
		"no VXLAN":           {reason: pipeline.NestedMalformed, frames: udp(4789)},
		"VXLAN without I":    {reason: pipeline.NestedMalformed, frames: udp(4789, pt.VXLANHeader{Flags: 0x80}, pt.Eth{})},
		"no Geneve":          {reason: pipeline.NestedMalformed, frames: udp(6081, pt.Zeros(7))},
		"Geneve version":     {reason: pipeline.NestedMalformed, frames: udp(6081, pt.Geneve{Version: 1}, pt.Eth{})},
		"Geneve options":     {reason: pipeline.NestedMalformed, frames: udp(6081, pt.Bytes{63, 0, 0x65, 0x58, 0, 0, 1, 0})},
		"no GRE":             {reason: pipeline.NestedMalformed, frames: one(v100(pt.IPv4{Proto: 47}, pt.Zeros(3)))},
		"GRE cut in key":     {reason: pipeline.NestedMalformed, frames: one(v100(pt.IPv4{Proto: 47}, pt.Bytes{0x20, 0, 8, 0, 0, 0}))},
		"GRE source route":   {reason: pipeline.NestedMalformed, frames: one(v100(pt.IPv4{}, pt.GRE{Routing: true, Checksum: true}, pt.IPv4{}))},
		"what it carries":    {reason: pipeline.InnerBadIP, frames: one(v100(pt.IPv4{}, pt.GRE{}, pt.IPv4{Version: 3}))},
		"too deep in frame":  {reason: pipeline.NestedDepth, frames: one(v100(deepIPv6()...)), config: func(c *pipeline.Config) { c.ExtensionLimit = 100 }},
		"Ethernet in it cut": {reason: pipeline.InnerShort, frames: udp(4789, pt.VXLANHeader{}, pt.Zeros(13))},
	}
}

// deepIPv6 is a tunnel behind extension headers of 65,000 bytes. The outer
// IPv4 header cannot say how long that is, so it is for plain captures, or
// this much: just as long as fits.
func deepIPv6() []pt.Layer {
	layers := []pt.Layer{pt.IPv6{}}
	for range 31 {
		layers = append(layers, pt.Ext{Proto: 60, Body: make([]byte, 2046)})
	}
	layers = append(layers, pt.Ext{Proto: 60, Body: make([]byte, 1822)})
	return append(layers, pt.IPv4{}, pt.UDP{})
}
