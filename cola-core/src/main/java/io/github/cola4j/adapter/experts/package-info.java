/** Adapters whose experts are weighted by a token or by the task: HydraLoRA, LoRAMoE, MOELoRA. */
package io.github.cola4j.adapter.experts;
