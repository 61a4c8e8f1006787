// Goal: what a caller's token costs, for each algorithm, and whether remembering verified tokens
// pays. Method: one token verified over and over, alone and from two threads; then the same number
// of tokens asked of the cache, when it holds them and when it does not.

#include <benchmark/benchmark.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/ensure.h"
#include "identity/bearer_authenticator.h"
#include "identity/json_web_token.h"
#include "identity/token_mint.h"
#include "identity/verified_tokens.h"
#include "unit/identity/token_signer.h"

namespace dibs::identity {
namespace {

constexpr std::string_view secret_text = "a secret of more than thirty-two bytes";
const base::Instant now = base::from_microseconds(1'795'748'400'000'000);

/// Claims as identity providers write them: about 250 bytes.
std::string claims_of(int user) {
    return R"({"iss":"https://id.example.com/","sub":"user-)" + std::to_string(user) +
           R"(","aud":"dibs","iat":1795748000,"nbf":1795748000,"exp":1795752000,)" +
           R"("jti":"0f8b2c4e-7d7a-4a53-9d2e-1b8f0c6f3a11","scope":"openid profile"})";
}

const ExpectedClaims expected{.issuer = "https://id.example.com/", .audience = "dibs"};

/// One way of signing: a verifier, and the token of a user.
struct Scheme {
    TokenVerifier verifier;
    std::string (*token_of)(int user);
};

const TokenSigner& rsa_signer() {
    static const TokenSigner signer = TokenSigner::rsa();
    return signer;
}
const TokenSigner& p256_signer() {
    static const TokenSigner signer = TokenSigner::p256();
    return signer;
}
const TokenSigner& ed25519_signer() {
    static const TokenSigner signer = TokenSigner::ed25519();
    return signer;
}

KeySet keys_of(const TokenSigner& signer) {
    auto keys = KeySet::parse(key_set_of(signer.public_jwk(R"(,"kid":"k")")), "bench");
    base::ensure(keys.is_ok(), "the benchmark's keys are usable");
    return *std::move(keys);
}

Scheme make_scheme(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::hs256:
            return {TokenVerifier(KeySet::of_secret(Secret(secret_text)), expected), [](int user) {
                        return sign_with_secret(secret_text, R"({"alg":"HS256","typ":"JWT"})",
                                                claims_of(user));
                    }};
        case Algorithm::rs256:
            return {TokenVerifier(keys_of(rsa_signer()), expected), [](int user) {
                        return rsa_signer().sign(R"({"alg":"RS256","kid":"k"})", claims_of(user));
                    }};
        case Algorithm::es256:
            return {TokenVerifier(keys_of(p256_signer()), expected), [](int user) {
                        return p256_signer().sign(R"({"alg":"ES256","kid":"k"})", claims_of(user));
                    }};
        case Algorithm::eddsa:
            return {TokenVerifier(keys_of(ed25519_signer()), expected), [](int user) {
                        return ed25519_signer().sign(R"({"alg":"EdDSA","kid":"k"})",
                                                     claims_of(user));
                    }};
    }
    base::ensure(false, "every algorithm has a scheme");
    __builtin_unreachable();
}

void verify(benchmark::State& state, Algorithm algorithm) {
    const Scheme scheme = make_scheme(algorithm);
    const std::string token = scheme.token_of(1);
    for (auto _ : state) {
        const auto verified = scheme.verifier.verify(token, now);
        if (!verified) state.SkipWithError("the token was refused");
        benchmark::DoNotOptimize(verified);
    }
}
BENCHMARK_CAPTURE(verify, hs256, Algorithm::hs256)->Threads(1)->Threads(2);
BENCHMARK_CAPTURE(verify, rs256, Algorithm::rs256)->Threads(1)->Threads(2);
BENCHMARK_CAPTURE(verify, es256, Algorithm::es256);
BENCHMARK_CAPTURE(verify, eddsa, Algorithm::eddsa);

/// The signature check alone: what remains of `verify` is base64url, JSON and claims.
void check_secret_signature(benchmark::State& state) {
    const auto key = make_secret_key(Secret(secret_text));
    const std::string token = make_scheme(Algorithm::hs256).token_of(1);
    const std::string text = token.substr(0, token.rfind('.'));
    const std::string signature(32, 'x');
    for (auto _ : state) benchmark::DoNotOptimize(key->verifies(text, signature));
}
BENCHMARK(check_secret_signature);

/// Tokens of as many users as the argument says, found in turn.
void find_remembered(benchmark::State& state) {
    static VerifiedTokens cache;
    const Scheme scheme = make_scheme(Algorithm::hs256);
    std::vector<std::string> tokens;
    for (int user = 0; user < state.range(0); ++user) {
        tokens.push_back(scheme.token_of(user));
        cache.remember(tokens.back(), *scheme.verifier.verify(tokens.back(), now));
    }
    std::size_t at = 0;
    std::size_t found = 0;
    for (auto _ : state) {
        const auto caller = cache.find(tokens[at], now);
        found += caller ? 1 : 0;
        benchmark::DoNotOptimize(caller);
        at = at + 1 == tokens.size() ? 0 : at + 1;
    }
    state.counters["found"] = static_cast<double>(found) / static_cast<double>(state.iterations());
}
BENCHMARK(find_remembered)->Arg(1)->Arg(1000)->Arg(20'000)->Threads(1)->Threads(2);

/// What a token that is seen for the first time pays for the cache: a miss and an insertion.
void miss_and_remember(benchmark::State& state) {
    VerifiedTokens cache;
    const Scheme scheme = make_scheme(Algorithm::hs256);
    std::vector<std::string> tokens;
    std::vector<VerifiedToken> verified;
    for (int user = 0; user < 200'000; ++user) {
        tokens.push_back(scheme.token_of(user));
        verified.push_back(*scheme.verifier.verify(tokens.back(), now));
    }
    std::size_t at = 0;
    for (auto _ : state) {
        const auto caller = cache.find(tokens[at], now);
        if (!caller) cache.remember(tokens[at], verified[at]);
        at = at + 1 == tokens.size() ? 0 : at + 1;
    }
}
BENCHMARK(miss_and_remember);

void mint(benchmark::State& state) {
    const TokenMint token_mint{Secret(secret_text)};
    const TokenOrder order{.caller = {.user = "user-1"}, .issued_at = now};
    for (auto _ : state) {
        const auto token = token_mint.mint(order);
        benchmark::DoNotOptimize(token.is_ok());
    }
}
BENCHMARK(mint);

}  // namespace
}  // namespace dibs::identity

BENCHMARK_MAIN();
