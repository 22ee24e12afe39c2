package plan_test

import (
	"fmt"
	"testing"

	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// BenchmarkNew plans a gateway of 5,000 APIs, 35,000 resources in all, where
// one API in ten changed, one came and one went.
func BenchmarkNew(b *testing.B) {
	tree := func(from, to, x int) list {
		var rs list
		for i := from; i < to; i++ {
			a := fmt.Sprint("api", i)
			rs = append(rs,
				res("named value", fmt.Sprint("n", i), "displayName", fmt.Sprint("d", i)), res("backend", fmt.Sprint("b", i)),
				withSpec(res("api", a, "path", fmt.Sprint("p", i), "backendId", fmt.Sprint("/backends/b", i), "x", i%10/9*x), "openapi: 3.0.1\n"),
				res("operation policy", a+"/get/policy", "value", fmt.Sprintf("<p>{{d%d}}</p>", i)),
				res("release", a+"/1"), res("page", a+"/s/p"), res("tag", fmt.Sprint("t", i)),
			)
		}
		return rs
	}
	ks, have, want := testKinds(b), tree(0, 5000, 0), tree(1, 5001, 1)
	for b.Loop() {
		p, err := plan.New(ks, have, want, plan.Options{Delete: true})
		if err != nil || len(p.Actions) < 500 {
			b.Fatal(err, len(p.Actions))
		}
	}
}
