/** Fewer tokens from block to block: how many are merged, and what is trained of it. */
package io.github.cola4j.adapter.tokens;
