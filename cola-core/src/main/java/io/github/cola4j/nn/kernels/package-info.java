/** What kernel providers share; each provider has a package of its own below. */
package io.github.cola4j.nn.kernels;
