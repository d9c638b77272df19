/// Keys made for these tests alone.
enum Samples {
    static let pkcs1 = """
        -----BEGIN RSA PRIVATE KEY-----
        MIIEpAIBAAKCAQEAt/LYhgAg7hVKCOvzP6nrdsYEGZVIScgLSokRzvu5gAN4GPwJ
        3iO7n5Z3u2sKwp2xp1eQysyI/uYzxTOy3AfehH082IAorok/dB4nA9TUSBr0sbBh
        WXOr0Asn8+Fif0YtrXscFCcb8jd77kuxlTvo60YlrQpj+QMSvm1gDgsw/Uvd6Oo0
        0vNyiB76q/a7238Ke+85fRLHOSkdgMRzRIGoviiCDrZf8gkrdHSdAv9ufer1qFfX
        APF4eOdBZ8c/YG93KMRj/9akGNIHta9DTNghh/3ze/Qz4YVtHOIU1CbxW/+7VsNC
        eZ2z7VOGpwYLHvrR4ltekPBn2PBRj09IJQnRSQIDAQABAoIBAC38LCvnmVPbh5wO
        XEuUj3QsUXcRzjX/p+70sDqFzFxXwazBSTg6x5tAMuNsAY8ge/qBFgXUtwS+CMAq
        SfLelr6ZTl4zP7hOQEonhYpcKMtzzaskFFoX5CJIv66ksApwQVgGmEDjfAWD4Fv0
        mUrc5L/4U8/b8p0cKxHm5uXr303avm15gA9C6zYC85H8YADAuXZulNVI7CZKnTIt
        fnqVTZr/teuE7Uho7a/8kX234wrbU47unJ4JCg/1ByxoYfK0e/jZA0Kgn+tDa4Hw
        4WDYV5IaXJFz4j0AnROAqHQfTEJbI5eBoJ26fPazY6Yw71FcOuXGm/qdy+PZtXyp
        l6r1ihkCgYEA35St0d+sapSaW7J7o/iTW3cJHiOaKL3sjtkWsNiVsOkBO5CYef4Y
        UyHe0pERIX25aniXTRv4bYASwq57te5fG8ASwKrWn9wGBVR/lpNI50S8P168rRfx
        METTHrOMS3EH4HbkxrD62kvxho+pjr+b9YqFRZ2xV+3pUDZYeuaJFWUCgYEA0p8F
        QmH5+3Wy/QJ3Yeb8zkqEeYa980kLHFGeU6y/WLqzzepBWwWCIxGCQmG4qYnxJQXr
        iAhesWAk8NRxhlGwX/NmyFC6cYIZMeYdKU2hgL4G7vhrbm3YHQ9YdOB5JCFWr9Lz
        gXVByBp9iOgbx9THliFDpMlvokWVURwaAjK10BUCgYEAwt9ySXVtcFAp4jbFMXwd
        5CDyn4Rkf5Jat39cGbQNdO8CFgrH+7yPMxZYgqvShKByleyZ46m3dKmmsG0ogsBL
        wYI+VhQRkbBSxx6JPpMNfhYZBhrq1OwDWxEB+saAR9kzBmBasxva6Z473A8nuLYl
        l3SvCKiTxJInQ7S6lhSN80kCgYAj6SUWamoa67h21wLP2HhmG+J2bfjZEC0qyOe7
        0IpXcI3ToAtAn7HOlN+mvc6kaXaKH3ZHHVY32/KwdSheBHOUCIYPxWPkkpAFJ/z0
        292be8rm18hJbcUZP1KPqu48sMp88/S8r+dlXM7mltyVt7vH5ygHYqj7++03hRkS
        It9I+QKBgQCaFnymaqg0jioRvSIv/2ZGxzrJl6I9hHS3tzwbHFWk/s5ohBpSuCOP
        S/X1ouZjnyZGEojFHC1zPTwNOndIJ5WOeDDgVNZF7+Bg+FUlbr/lUswF3LV6ohvJ
        0NGL9AWPW7U4oD1AVlwHbLNOy2NYySb1W0fAIb+iR5nXvR9K6cCeXQ==
        -----END RSA PRIVATE KEY-----
        """

    static let pkcs1Public = """
        -----BEGIN RSA PUBLIC KEY-----
        MIIBCgKCAQEAt/LYhgAg7hVKCOvzP6nrdsYEGZVIScgLSokRzvu5gAN4GPwJ3iO7
        n5Z3u2sKwp2xp1eQysyI/uYzxTOy3AfehH082IAorok/dB4nA9TUSBr0sbBhWXOr
        0Asn8+Fif0YtrXscFCcb8jd77kuxlTvo60YlrQpj+QMSvm1gDgsw/Uvd6Oo00vNy
        iB76q/a7238Ke+85fRLHOSkdgMRzRIGoviiCDrZf8gkrdHSdAv9ufer1qFfXAPF4
        eOdBZ8c/YG93KMRj/9akGNIHta9DTNghh/3ze/Qz4YVtHOIU1CbxW/+7VsNCeZ2z
        7VOGpwYLHvrR4ltekPBn2PBRj09IJQnRSQIDAQAB
        -----END RSA PUBLIC KEY-----
        """

    static let pkcs8RSA = """
        -----BEGIN PRIVATE KEY-----
        MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC38tiGACDuFUoI
        6/M/qet2xgQZlUhJyAtKiRHO+7mAA3gY/AneI7uflne7awrCnbGnV5DKzIj+5jPF
        M7LcB96EfTzYgCiuiT90HicD1NRIGvSxsGFZc6vQCyfz4WJ/Ri2texwUJxvyN3vu
        S7GVO+jrRiWtCmP5AxK+bWAOCzD9S93o6jTS83KIHvqr9rvbfwp77zl9Esc5KR2A
        xHNEgai+KIIOtl/yCSt0dJ0C/2596vWoV9cA8Xh450Fnxz9gb3coxGP/1qQY0ge1
        r0NM2CGH/fN79DPhhW0c4hTUJvFb/7tWw0J5nbPtU4anBgse+tHiW16Q8GfY8FGP
        T0glCdFJAgMBAAECggEALfwsK+eZU9uHnA5cS5SPdCxRdxHONf+n7vSwOoXMXFfB
        rMFJODrHm0Ay42wBjyB7+oEWBdS3BL4IwCpJ8t6WvplOXjM/uE5ASieFilwoy3PN
        qyQUWhfkIki/rqSwCnBBWAaYQON8BYPgW/SZStzkv/hTz9vynRwrEebm5evfTdq+
        bXmAD0LrNgLzkfxgAMC5dm6U1UjsJkqdMi1+epVNmv+164TtSGjtr/yRfbfjCttT
        ju6cngkKD/UHLGhh8rR7+NkDQqCf60NrgfDhYNhXkhpckXPiPQCdE4CodB9MQlsj
        l4Ggnbp89rNjpjDvUVw65cab+p3L49m1fKmXqvWKGQKBgQDflK3R36xqlJpbsnuj
        +JNbdwkeI5ooveyO2Raw2JWw6QE7kJh5/hhTId7SkREhfblqeJdNG/htgBLCrnu1
        7l8bwBLAqtaf3AYFVH+Wk0jnRLw/XrytF/EwRNMes4xLcQfgduTGsPraS/GGj6mO
        v5v1ioVFnbFX7elQNlh65okVZQKBgQDSnwVCYfn7dbL9Andh5vzOSoR5hr3zSQsc
        UZ5TrL9YurPN6kFbBYIjEYJCYbipifElBeuICF6xYCTw1HGGUbBf82bIULpxghkx
        5h0pTaGAvgbu+GtubdgdD1h04HkkIVav0vOBdUHIGn2I6BvH1MeWIUOkyW+iRZVR
        HBoCMrXQFQKBgQDC33JJdW1wUCniNsUxfB3kIPKfhGR/klq3f1wZtA107wIWCsf7
        vI8zFliCq9KEoHKV7Jnjqbd0qaawbSiCwEvBgj5WFBGRsFLHHok+kw1+FhkGGurU
        7ANbEQH6xoBH2TMGYFqzG9rpnjvcDye4tiWXdK8IqJPEkidDtLqWFI3zSQKBgCPp
        JRZqahrruHbXAs/YeGYb4nZt+NkQLSrI57vQildwjdOgC0Cfsc6U36a9zqRpdoof
        dkcdVjfb8rB1KF4Ec5QIhg/FY+SSkAUn/PTb3Zt7yubXyEltxRk/Uo+q7jywynzz
        9Lyv52VczuaW3JW3u8fnKAdiqPv77TeFGRIi30j5AoGBAJoWfKZqqDSOKhG9Ii//
        ZkbHOsmXoj2EdLe3PBscVaT+zmiEGlK4I49L9fWi5mOfJkYSiMUcLXM9PA06d0gn
        lY54MOBU1kXv4GD4VSVuv+VSzAXctXqiG8nQ0Yv0BY9btTigPUBWXAdss07LY1jJ
        JvVbR8Ahv6JHmde9H0rpwJ5d
        -----END PRIVATE KEY-----
        """

    static let sec1 = """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIOST3x2iZRByGeDJ+pCA+8b5TgZvhQx9QaX9Ib8bJ4DBoAoGCCqGSM49
        AwEHoUQDQgAEuI9Xqjt9tmb7gCoITNe+82twDWa4RRGU5R5/8pajt3GHyC5M08wy
        Zf61gq6gDib+KMjO13JjNpaLfejHUI0e+w==
        -----END EC PRIVATE KEY-----
        """

    static let pkcs8P256 = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5JPfHaJlEHIZ4Mn6
        kID7xvlOBm+FDH1Bpf0hvxsngMGhRANCAAS4j1eqO322ZvuAKghM177za3ANZrhF
        EZTlHn/ylqO3cYfILkzTzDJl/rWCrqAOJv4oyM7XcmM2lot96MdQjR77
        -----END PRIVATE KEY-----
        """

    static let encrypted = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhnyNcnuJvu9gICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEHWRU34g9aIuhjB6OKSYuOIEgZDe
        LtqSFzXEAUk5HF5Tb0BK8Fc2MOp7b2G0sFL+bgne0OFNuvklCxZVxMCEP/ayo3xs
        QqvNt4kiUPSYkQelXiSZojXlmBZ4lwpfEoQajbsT+zKjkbsagzEBM6mFDBLfO9wE
        WhiUs8hsBuqLyd6CZm3pepbgS785okbQ8rSj8FVBXPUOehhABDfDCKv3VxgGsAE=
        -----END ENCRYPTED PRIVATE KEY-----
        """

    static let rsa1024 = """
        -----BEGIN RSA PRIVATE KEY-----
        MIICXQIBAAKBgQCxCGdsD8uq56DHzmoU6oqjG91ta5+fyhavlF0PaiL7+1VxhSxa
        oaSHQBP1lfoUV4zd+CaC5LtzXIZz8JfHidcJ6n1zXxTnu3UtYNgQvGh/nsHSjEGj
        k25GVq2/IHqsm8AArYNVNRmoxUPHdJ3zlt1rrwAKb+KcLzFz/ck31qA6VwIDAQAB
        AoGADlPXyu8cVKCaapFSFI9G2RyQNyLWsF/yphMj1POKEUquB5n3lP4wCqIs+1s/
        +hV72RsUQtOwOA3s88UtA4EsXgaSj5pTPHN6at7j6qGtN39PxcG/1ycZm0LhPhnm
        ZZ9tdl+lItsxAv7TAqJBSA+AU4jrbgk9hzjr82KPNyMF4cECQQDgbRTyormQtMuu
        DX9xLleAAIc8z5E6R+su0HsyVY9KK9sv231a+anDoIoZpPeqWgbmvc9mRmvR5vzJ
        hIYdF3K7AkEAyfBonPXoVzXXygRpo6glMt5lG29TRKYMjlsYJYeZXo7YyrYCT1Hk
        wgYEV076V3Nqg5QjpQvBnyo1opL+12jjFQJAM5M97ijRRl0WNdCqSgNhXmxAqAv3
        jxI6DQ8iUMXy4RPFEnF5lG+twORi+FO+CusXjO1v/UwPuTRBQbpv672YwwJBAJvJ
        kvscHq1BBYN9Gf4+lswClB+xJ5z7OQ6NqjgxvxkavJbOCUQmGoOwXqL4c9sJWC/A
        FiuawTnIN25/VojaCu0CQQDPxHF76w/e/aFcVXwzGIU4wPi1Is8EDyLryuR3c1Pp
        Zg+JLuqEo8HvBzOQMBGTkwQEkh1aEJ/+JgJh9unQybjx
        -----END RSA PRIVATE KEY-----
        """

    static let p384 = """
        -----BEGIN EC PRIVATE KEY-----
        MIGkAgEBBDBMb1fDsBEwtKRoyxlEOzVSmOwK+xTJMbBsMu/whYZKxqQKiJnqG51K
        Ns14225LMkagBwYFK4EEACKhZANiAASjok8pMrByQ/qR1MDeZ2LjCG1hscMy0OWC
        khmJgG3uUDshZ8TJu2XRQb8rVJhDHVtS2uMjvhGSGfxE/+yyn0iCyl+K24EFryXA
        dL7wGRJdPd8W1uuyRaGNm2sVez0Rqh8=
        -----END EC PRIVATE KEY-----
        """

    static let ed25519 = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIApMNix3rnH1r9KOpSTAdmjzrGl7zhaX5QnLwCOZnyUA
        -----END PRIVATE KEY-----
        """

    static let argon2id = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$Kw3/ZjLNvvrvmWv7DSmJdvIaVuO5yzpUAyMmNiCnHLI"
}
