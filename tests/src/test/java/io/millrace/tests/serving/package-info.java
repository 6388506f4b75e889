/**
 * Published models seen from outside: programs that are not Millrace read and score them. What one
 * module can test by itself does not belong here.
 */
package io.millrace.tests.serving;
