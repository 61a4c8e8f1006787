// Goal: an answer is read only if it is one, whole and alone; the generator must never take one
// answer's bytes for another's. Method: a good answer, cut at every byte, and a table of bad ones.

#include "rehearsal/answer.h"

#include <gtest/gtest.h>

#include <string>

namespace dibs::rehearsal {
namespace {

const std::string created =
    "HTTP/1.1 201 Created\r\nDate: Fri, 27 Nov 2026 03:00:00 GMT\r\ncontent-LENGTH:  5 \r\n"
    "Idempotent-Replayed: true\r\n\r\nhello";

TEST(Answer, IsReadWhole) {
    const Answer answer = read_answer(created);
    EXPECT_EQ(answer.form, AnswerForm::whole);
    EXPECT_EQ(answer.status, 201U);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_TRUE(answer.keeps_alive);
    EXPECT_TRUE(answer.is_replayed);
}

TEST(Answer, IsPartialAtEveryCut) {
    for (std::size_t size = 0; size < created.size(); ++size) {
        EXPECT_EQ(read_answer(created.substr(0, size)).form, AnswerForm::partial) << size;
    }
}

TEST(Answer, MayCloseTheConnection) {
    EXPECT_FALSE(
        read_answer("HTTP/1.1 503 \r\nContent-Length: 0\r\nConnection: Close\r\n\r\n").keeps_alive);
    EXPECT_TRUE(
        read_answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n")
            .keeps_alive);
}

TEST(Answer, NeedsNoLengthWhereThereIsNeverABody) {
    EXPECT_EQ(read_answer("HTTP/1.1 204 No Content\r\n\r\n").form, AnswerForm::whole);
    EXPECT_EQ(read_answer("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n").form,
              AnswerForm::whole);
    EXPECT_EQ(read_answer("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n").form, AnswerForm::whole);
}

TEST(Answer, IsMalformedIfItIsAnythingElse) {
    for (const char* bytes :
         {"SSH-2.0-OpenSSH", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 2xx OK\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
          "HTTP/1.1 600 No\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nno colon\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
          "HTTP/1.1 200 OK\r\n: 0\r\nContent-Length: 0\r\n\r\n"}) {
        EXPECT_EQ(read_answer(bytes).form, AnswerForm::malformed) << bytes;
    }
    EXPECT_EQ(read_answer(created + "H").form, AnswerForm::malformed);
    EXPECT_EQ(read_answer("HTTP/1.1 200 OK\r\nX: " + std::string(17 * 1024, 'x')).form,
              AnswerForm::malformed);
}

}  // namespace
}  // namespace dibs::rehearsal
