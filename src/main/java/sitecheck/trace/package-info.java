/** Finished traces: their spans, the tree and the critical path, and both drawn as text. */
package sitecheck.trace;
