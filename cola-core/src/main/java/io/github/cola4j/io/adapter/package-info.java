/** Adapters as this project stores them. */
package io.github.cola4j.io.adapter;
