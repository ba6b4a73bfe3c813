/** Adapters as trains of small tensors. */
package io.github.cola4j.adapter.tensortrain;
