package load

import (
	"bytes"
	"fmt"
)

// Limits and shape of a Policy.
const (
	maxSegments    = 10_000
	tenantSegments = 50
)

// Policy returns a TOML policy of so many rules over a tenth as many segments, at least
// 2 and at most 10,000. The segments are those of tenants with a VNI each, from
// FirstVNI on. The rules allow or deny TCP services between segments of one tenant,
// one in ten between whole tenants, so that the generator's addresses are in
// segments that many rules name. None of them decides the generator's flows: the
// last rule does, which allows them. Everything else is denied.
//
// No rule logs: what is measured is the road of packets, not the disk.
func Policy(count int) []byte {
	var b bytes.Buffer
	segments := min(max(count/10, 2), maxSegments)
	b.WriteString("[policy]\ndefault = \"deny\"\n")
	fmt.Fprintf(&b, generatorSegments, FirstVNI, FirstVNI+MaxVNIs-1)
	for i := range segments - 2 {
		writeSegment(&b, i)
	}
	for i := range count - 1 {
		writeRule(&b, i, segments-2)
	}
	b.WriteString(generatorRule)
	return b.Bytes()
}

const generatorSegments = `
[[segment]]
name   = "clients"
vni    = ["%[1]d-%[2]d"]
prefix = ["10.200.0.0/16", "10.202.0.0/16", "2001:db8:200::/48", "2001:db8:202::/48"]

[[segment]]
name   = "servers"
vni    = ["%[1]d-%[2]d"]
prefix = ["10.201.0.0/16", "2001:db8:201::/48"]
`

const generatorRule = `
[[acl]]
name    = "generator"
from    = ["clients"]
to      = ["servers"]
service = ["udp/7000-7015", "tcp/5201"]
action  = "allow"
log     = "none"
`

// writeSegment writes segment i: the first of a tenant is the whole tenant.
func writeSegment(b *bytes.Buffer, i int) {
	tenant, nth := i/tenantSegments, i%tenantSegments
	prefix := fmt.Sprintf("10.%d.%d.0/24", nth%200, tenant%256)
	if nth == 0 {
		prefix = "10.0.0.0/8"
	}
	fmt.Fprintf(b, "\n[[segment]]\nname   = \"s%d\"\nvni    = [%d]\nprefix = [\"%s\"]\n", i, FirstVNI+tenant, prefix)
}

// writeRule writes rule i over so many segments. Names and services go through all
// combinations in an order without an obvious pattern.
func writeRule(b *bytes.Buffer, i, segments int) {
	from, to := "clients", "servers"
	if segments > 0 {
		from = fmt.Sprint("s", i*7919%segments)
		tenant := i * 7919 % segments / tenantSegments * tenantSegments
		width := min(tenantSegments, segments-tenant)
		to = fmt.Sprint("s", tenant+i*31%width)
		if i%10 == 0 {
			from = fmt.Sprint("s", tenant)
		}
	}
	action := "allow"
	if i%3 == 0 {
		action = "deny"
	}
	fmt.Fprintf(b, "\n[[acl]]\nname    = \"r%d\"\nfrom    = [\"%s\"]\nto      = [\"%s\"]\nservice = [\"tcp/%d\"]\naction  = \"%s\"\nlog     = \"none\"\n",
		i, from, to, 6000+i*104729%50000, action)
}
