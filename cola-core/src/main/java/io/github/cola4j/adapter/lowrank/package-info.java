/** Adapters that add low-rank products to a layer: CoLA, LoRA and their relatives, DoRA. */
package io.github.cola4j.adapter.lowrank;
