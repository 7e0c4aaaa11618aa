/* replay.c: drives a fuzz target over kept inputs, without libFuzzer: the files named, and those in
 * the folders named. What once broke a target is kept, and is seen again here. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    /* Exactly as large as the input, as libFuzzer does it: a sanitizer sees a read behind it. */
    fseek(file, 0, SEEK_END);
    const size_t n = (size_t)ftell(file);
    uint8_t *data = malloc(n + (n == 0));
    rewind(file);
    if (data == NULL || fread(data, 1, n, file) != n) {
        perror(path);
        exit(1);
    }
    fclose(file);
    printf("%s\n", path); /* the last one printed is the one that broke it */
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, n);
    free(data);
}

int main(int argc, char **argv)
{
    size_t n = 0;

    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (folder == NULL) {
            printf("SKIPPED: %s is not there\n", argv[i]);
            continue;
        }
        for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            char path[4096];
            if (entry->d_name[0] == '.')
                continue;
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            replay_file(path);
            n++;
        }
        closedir(folder);
    }
    printf("%zu inputs\n", n);
    return 0;
}
