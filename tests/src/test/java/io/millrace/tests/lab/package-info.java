/**
 * The figures of the papers, and ours, on public data: {@code docs/lab}. A figure is a test with
 * the tag {@code long}; it measures ({@link io.millrace.tests.lab.Measured}) and writes the tables,
 * charts and run records of a page ({@link io.millrace.tests.lab.LabPage}). What a page says around
 * them is written by hand. No figure may need more than an hour on two cores.
 */
package io.millrace.tests.lab;
