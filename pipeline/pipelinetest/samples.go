package pipelinetest

// Samples returns frames of every kind the pipeline knows, sound and broken:
// input for stage suites, and seeds of fuzz targets.
func Samples() [][]byte {
	frames := append(conversations(), oddities()...)
	frames = append(frames, tunnels()...)
	for _, layers := range fragmented() {
		frames = append(frames, Split(layers, 24, 48)...)
	}
	return frames
}

// Handshake returns the frames of a TCP connection up to its first data.
func Handshake(v VXLAN, a, b IPv4) [][]byte {
	back := v
	back.Back = !v.Back
	from, to := Eth{}, Eth{Src: MACb, Dst: MACa}
	reverse := IPv4{Src: or(a.Dst, "10.2.0.9"), Dst: or(a.Src, "10.1.0.5"), ID: b.ID}
	return [][]byte{
		Frame(v, from, a, TCP{Src: 40000, Dst: 5432, Seq: 100, Flags: "S"}),
		Frame(back, to, reverse, TCP{Src: 5432, Dst: 40000, Seq: 900, Ack: 101, Flags: "SA"}),
		Frame(v, from, a, TCP{Src: 40000, Dst: 5432, Seq: 101, Ack: 901, Flags: "A"}),
		Frame(v, from, a, TCP{Src: 40000, Dst: 5432, Seq: 101, Ack: 901, Flags: "PA"}, Payload("select 1")),
	}
}

func conversations() [][]byte {
	v, v6 := VXLAN{VNI: 100}, VXLAN{VNI: 300, V6: true}
	frames := Handshake(v, IPv4{}, IPv4{})
	return append(frames,
		Frame(v, Eth{}, IPv4{}, UDP{Src: 5000, Dst: 53}, Payload("query")),
		Frame(VXLAN{VNI: 100, Back: true}, Eth{}, IPv4{Src: "10.2.0.9", Dst: "10.1.0.5"}, UDP{Src: 53, Dst: 5000}, Payload("answer")),
		Frame(v, Eth{}, IPv4{}, ICMP{Type: 8, ID: 7, Seq: 1}, Payload("ping")),
		Frame(VXLAN{VNI: 100, Group: 17}, Eth{}, IPv4{}, TCP{Src: 40001, Dst: 22, Flags: "S"}),
		Frame(v6, Eth{}, IPv6{}, TCP{Src: 40002, Dst: 80, Flags: "S"}),
		Frame(v6, Eth{}, IPv6{}, ICMP6{Type: 128, ID: 9}),
		Frame(v, Eth{}, IPv6{}, Ext{Proto: 0}, Ext{Proto: 60}, UDP{Src: 1, Dst: 2}),
		Frame(v, Eth{}, ARP{}),
		Frame(v, Eth{Dst: "ff:ff:ff:ff:ff:ff"}, IPv4{Src: "0.0.0.0", Dst: "255.255.255.255"}, UDP{Src: 68, Dst: 67}),
		Frame(v, Eth{}, VLAN{ID: 7}, IPv4{}, UDP{Src: 1, Dst: 2}, Payload("tagged")),
		Frame(v, Eth{}, VLAN{ID: 7, Outer: true}, VLAN{ID: 8}, IPv4{}, UDP{Src: 1, Dst: 2}, Payload("twice")),
		Frame(v, Eth{}, IPv4{}, SCTP{Src: 1, Dst: 2}),
		Frame(v, Eth{}, IPv4{Proto: 253}, Payload("unknown")),
		Frame(v, Eth{}, IPv4{Src: "10.2.0.9", Dst: "10.1.0.5"}, ICMP{Type: 3, Code: 3},
			Quote(28, IPv4{}, UDP{Src: 5000, Dst: 53}, Payload("query"))),
	)
}

func oddities() [][]byte {
	v := VXLAN{VNI: 100}
	frames := [][]byte{
		{}, {1, 2, 3},
		Frame(Eth{}, IPv4{}, UDP{Src: 1, Dst: 2}, Payload("not a tunnel")),
		Frame(VXLAN{VNI: 100, Flags: 0x40}, Eth{}, IPv4{}, UDP{}),
		Frame(VXLAN{VNI: 100, Reserved: 1}, Eth{}, IPv4{}, UDP{}),
		Frame(v, Eth{}, IPv4{HeaderWords: 2}, UDP{}),
		Frame(v, Eth{}, IPv4{Len: 900}, UDP{}),
		Frame(v, Eth{}, IPv6{}, Ext{Proto: 43, Body: []byte{0, 1}}, UDP{}),
		Frame(v, Eth{}, IPv4{}, TCP{HeaderWords: 3}),
		Frame(v, Eth{}, IPv4{}, TCP{Flags: "SF"}),
		Frame(v, Eth{}, IPv4{Offset: 8}, Payload("12345678")),
	}
	whole := Frame(v, Eth{}, IPv4{}, UDP{Src: 1, Dst: 2}, Payload("cut"))
	for n := 0; n < len(whole); n += 7 {
		frames = append(frames, whole[:n])
	}
	return frames
}

func tunnels() [][]byte {
	v := VXLAN{VNI: 100}
	inner := []Layer{IPv4{Src: "172.16.0.1", Dst: "172.16.0.2"}, UDP{Src: 3, Dst: 4}, Payload("nested")}
	with := func(layers ...Layer) []byte {
		return Frame(append(append([]Layer{v, Eth{}, IPv4{}}, layers...), inner...)...)
	}
	return [][]byte{
		with(),
		with(GRE{Key: 5}),
		with(GRE{}, Eth{}),
		with(UDP{Src: 9, Dst: 4789}, VXLANHeader{VNI: 7}, Eth{}),
		with(UDP{Src: 9, Dst: 6081}, Geneve{VNI: 7, Options: make([]byte, 8)}, Eth{}),
		with(GRE{}, IPv4{}, GRE{}, IPv4{}),
	}
}

func fragmented() [][]Layer {
	return [][]Layer{
		{VXLAN{VNI: 100}, Eth{}, IPv4{ID: 1}, UDP{Src: 5, Dst: 514}, Zeros(100)},
		{VXLAN{VNI: 100}, Eth{}, IPv6{FragmentID: 2}, UDP{Src: 5, Dst: 514}, Zeros(100)},
		{VXLAN{VNI: 100}, Eth{}, IPv4{}, GRE{}, IPv4{ID: 3}, UDP{Src: 5, Dst: 514}, Zeros(100)},
	}
}
