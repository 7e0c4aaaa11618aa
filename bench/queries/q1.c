/* q */
#include "query.h"
