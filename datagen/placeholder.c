/* x.c: placeholder */
typedef int lr_datagen_placeholder;
