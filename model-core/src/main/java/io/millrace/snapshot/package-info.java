/**
 * The published model's bytes: what a student has learned, as files that a server, or Python, can
 * read.
 *
 * <p>Read {@link io.millrace.snapshot.PublishedModel} (what is published) and {@link
 * io.millrace.snapshot.ModelFolder} (how readers see a whole version or none) first. {@code
 * Safetensors} and {@code ManifestJson} each own one format. Publishing twice gives the same bytes.
 * What must not come in: clocks, random names, and training state, which its owners write.
 */
package io.millrace.snapshot;
