// Package artifacts turns resources into files and files into resources.
//
// All it does follows from a gateway's table of kinds: the folder of a
// resource, the file of its payload, the text fields that have a file of their
// own, the files attached to it. It knows no product, no git and no network;
// it reads through fs.FS and returns what is to be written.
//
// Two promises hold everything together. What is encoded decodes to the same
// resources. And a file that already says the same is left alone, byte for
// byte, however it is formatted; one that has to change keeps the order,
// indentation and line ends that its authors chose.
package artifacts
