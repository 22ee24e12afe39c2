// Package sandbox has what every management-plane emulator needs around its
// handlers: counting, throttling, slowness, faults on demand, and a state file
// that survives a kill. It knows HTTP, but no product and no error shape: an emulator
// says in [GuardOptions] how its product answers what is throttled or broken.
package sandbox
