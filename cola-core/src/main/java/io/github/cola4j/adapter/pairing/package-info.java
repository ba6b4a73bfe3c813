/** Which A meets which B: pairing strategies as matrices, and their factors. */
package io.github.cola4j.adapter.pairing;
