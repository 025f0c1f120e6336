package lab

import _ "embed"

// ExamplePolicy is the policy of `vxwall lab up`: VNI 100 may ping and measure, VNI
// 200 hardly anything, telnet is rejected.
//
//go:embed rules/policy.toml
var ExamplePolicy string
