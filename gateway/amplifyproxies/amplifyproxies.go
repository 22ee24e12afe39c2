// Package amplifyproxies is a gateway.Gateway over the DevOps API of Axway's
// Amplify Central: proxies, each described whole by one YAML file.
//
// It knows what a configuration may say, in the versions v0 and v1, and the two
// calls that are documented: POST /proxies makes a proxy or gives it a new
// revision, POST /promote puts a revision on a runtime group. Nothing is
// documented that reads or deletes. So what the gateway tells is what was last
// put, by a record of this program's own: see [gateway.Description].
//
// How a call is encoded is not documented either. What this package assumes is
// all in codec.go.
package amplifyproxies
