/** A house built wrongly: each class breaks a rule, so that a test can see the rule fail. */
package io.millrace.tests.architecture.broken;
