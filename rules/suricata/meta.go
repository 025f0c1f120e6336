package suricata

import (
	"fmt"
	"strconv"
	"strings"
)

// metaKeywords say what a rule is, not what it looks for.
var metaKeywords = []keyword{
	{name: "msg", once: true, read: readMsg},
	{name: "sid", once: true, read: func(b *builder, o *option, _ *keyword) error { return o.id(&b.sig.SID, 1) }},
	{name: "rev", once: true, read: func(b *builder, o *option, _ *keyword) error { return o.id(&b.sig.Rev, 0) }},
	{name: "gid", once: true, read: func(b *builder, o *option, _ *keyword) error { return o.id(&b.sig.GID, 0) }},
	{name: "classtype", once: true, read: func(b *builder, o *option, _ *keyword) error {
		b.sig.Classtype = o.value
		return nil
	}},
	{name: "priority", once: true, read: readPriority},
	{name: "reference", read: readReference},
	{name: "metadata", read: readMetadata},
	{name: "target", read: readTarget},
	{name: "tag", read: readTag},
	{name: "requires", read: readRequires},
	{name: "noalert", args: noArgs, read: func(b *builder, _ *option, _ *keyword) error {
		b.sig.NoAlert = true
		return nil
	}},
	{name: "alert", args: noArgs, read: func(b *builder, _ *option, _ *keyword) error {
		b.sig.AlertToo = true
		return nil
	}},
	{name: "lua", why: "scripts (lua) are not run"},
	{name: "luajit", why: "scripts (lua) are not run"},
	{name: "config", why: "rules configure nothing"},
	{name: "activates", why: "rules do not activate others"},
	{name: "activated_by", why: "rules do not activate others"},
}

func readMsg(b *builder, o *option, _ *keyword) error {
	b.sig.Msg = unescape(o.value)
	return nil
}

// unescape takes the "\" off `\;`, `\"`, `\:` and `\\`.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && strings.IndexByte(`;":\`, text[i+1]) >= 0 {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// id reads a number of 32 bits that is at least min.
func (o *option) id(to *uint32, min uint64) error {
	n, err := strconv.ParseUint(o.value, 10, 32)
	if err != nil || n < min {
		return fmt.Errorf("bad number %q: expected %d to 4294967295", short(o.value), min)
	}
	*to = uint32(n)
	return nil
}

func readPriority(b *builder, o *option, _ *keyword) error {
	n, err := strconv.ParseUint(o.value, 10, 8)
	if err != nil || n == 0 {
		return fmt.Errorf("bad priority %q: expected 1 (worst) to 255", short(o.value))
	}
	b.sig.Priority, b.priority = int(n), true
	return nil
}

func readReference(b *builder, o *option, _ *keyword) error {
	kind, value, ok := strings.Cut(o.value, ",")
	if !ok {
		return fmt.Errorf("bad reference %q: expected type,value", short(o.value))
	}
	b.sig.References = append(b.sig.References, Reference{strings.TrimSpace(kind), unescape(strings.TrimSpace(value))})
	return nil
}

func readMetadata(b *builder, o *option, _ *keyword) error {
	for _, entry := range splitArgs(o.value) {
		key, value, _ := strings.Cut(entry, " ")
		if key != "" {
			b.sig.Metadata = append(b.sig.Metadata, Pair{key, strings.TrimSpace(value)})
		}
	}
	return nil
}

func readTarget(b *builder, o *option, _ *keyword) error {
	target, ok := map[string]Target{"src_ip": SrcTarget, "dest_ip": DstTarget}[o.value]
	if !ok {
		return fmt.Errorf("bad target %q: expected src_ip or dest_ip", short(o.value))
	}
	if b.sig.Target != NoTarget && b.sig.Target != target {
		return fmt.Errorf("target %s contradicts the one before it: expected one of both", o.value)
	}
	b.sig.Target = target
	return nil
}

// defaultTag is how long a session is tagged that says nothing else: 300
// seconds.
var defaultTag = Tag{Count: 300, Metric: "seconds"}

func readTag(b *builder, o *option, _ *keyword) error {
	args := splitArgs(o.value)
	t := defaultTag
	switch args[0] {
	case "session":
	case "host":
		t.Host, t.Direction = true, "src"
	default:
		return fmt.Errorf("bad tag %q: expected session or host", short(args[0]))
	}
	if len(args) == 2 || len(args) > 4 {
		return fmt.Errorf("bad tag %q: expected session,count,metric or host,count,metric,direction", short(o.value))
	}
	if len(args) > 2 {
		n, err := strconv.ParseUint(args[1], 10, 32)
		if err != nil {
			return fmt.Errorf("bad count %q: expected a number", short(args[1]))
		}
		t.Count, t.Metric = uint32(n), args[2]
		if args[2] != "packets" && args[2] != "bytes" && args[2] != "seconds" {
			return fmt.Errorf("bad metric %q: expected packets, bytes or seconds", short(args[2]))
		}
	}
	if len(args) > 3 {
		if t.Direction = args[3]; !t.Host || args[3] != "src" && args[3] != "dst" {
			return fmt.Errorf("bad direction %q: expected src or dst, of a host", short(args[3]))
		}
	}
	b.sig.Tags = append(b.sig.Tags, t)
	return nil
}
