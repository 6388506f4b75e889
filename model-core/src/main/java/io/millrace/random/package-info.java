/**
 * The only place that makes random generators: {@link io.millrace.random.Seeds} turns (root seed,
 * name, index) into a generator, so that two consumers never share a stream, and one seed
 * reproduces a whole run. {@link io.millrace.random.Gaussian} draws normal numbers with the same
 * bits on every JDK. No other package creates a generator, and none asks a clock for a seed.
 */
package io.millrace.random;
