/** Adapters and models as Hugging Face PEFT and transformers store them. */
package io.github.cola4j.io.peft;
